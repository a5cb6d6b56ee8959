"""Remembers the version of typeguard, which every generated module looks up when it is imported (1 ms each)."""

from __future__ import annotations

import functools
import importlib.metadata

_PACKAGE = "typeguard"


def install() -> None:
    """Make `importlib.metadata.version` read typeguard's metadata once in a process."""
    look_up = importlib.metadata.version
    if getattr(look_up, "__faststart__", False):
        return

    @functools.wraps(look_up)
    def version(distribution_name: str) -> str:
        return typeguard_version() if distribution_name == _PACKAGE else look_up(distribution_name)

    @functools.cache
    def typeguard_version() -> str:
        return look_up(_PACKAGE)

    version.__faststart__ = True  # type: ignore[attr-defined]
    importlib.metadata.version = version
