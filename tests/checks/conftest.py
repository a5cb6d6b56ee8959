"""A promtool that takes everything, so that what else is checked is tested on every machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.programs import write_python

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the stand-ins, which is first on PATH."""
    folder = tmp_path / "stand-ins"
    folder.mkdir()
    write_python(folder / "promtool", "")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder
