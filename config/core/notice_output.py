"""Writes notices of the environments to standard error, each once a command."""

from __future__ import annotations

import sys

_shown: dict[str, None] = {}


def show_notice(notice: str) -> None:
    """Write a notice, unless this command has: it may load the environments several times."""
    if notice not in _shown:
        _shown[notice] = None
        sys.stderr.write(f"{notice}\n")


def shown_notices() -> tuple[str, ...]:
    """Give the notices that this command has written."""
    return tuple(_shown)
