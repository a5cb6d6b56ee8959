"""Lazy loading for CDKTF provider packages: call `install()` before the first provider import."""

from __future__ import annotations

from . import node_providers, python_providers
from ._settings import EAGER_VARIABLE, FastStartWarning, is_switched_off

__all__ = ["EAGER_VARIABLE", "FastStartWarning", "install"]


def install() -> None:
    """Make every provider package that is imported from now on load only the parts that are used.

    Calling it again changes nothing. With `EAGER_PROVIDERS=1` in the environment it does nothing at all.
    """
    if is_switched_off():
        return
    python_providers.install()
    node_providers.install()
