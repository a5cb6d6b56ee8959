"""These tests need both engines."""

from __future__ import annotations

import pytest

from config.engine import Engine


@pytest.fixture(autouse=True)
def both_engines() -> None:
    """Skip what compares the engines in a checkout that has only one."""
    if not Engine.CDKTF.is_here():
        pytest.skip("needs CDKTF, from which 'make terrain' has moved this checkout")
