"""Keeps a copy of a stack's local state before it is applied; S3 and HCP Terraform keep versions themselves."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Stack

KEPT = 20


def folder_of_backups(states: Path, stack: str) -> Path:
    """Return the folder of a stack's old states, next to the states; create it if it is missing."""
    folder = states / "backups" / stack
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def back_up(stack: Stack) -> Path | None:
    """Copy the state into `backups/<stack>/` next to it; None where there is no local state to copy.

    The newest 20 copies of a stack stay.
    """
    kind, settings = stack.backend
    if kind != "local":
        return None
    state: Path = (stack.folder / settings["path"]).resolve()
    if not state.is_file():
        return None
    folder = folder_of_backups(state.parent, stack.name)
    copy = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.tfstate"
    aside = folder.with_name(f".{copy.name}.{os.getpid()}")
    shutil.copy2(state, aside)
    aside.chmod(0o600)
    aside.replace(copy)
    for old in sorted(folder.iterdir())[:-KEPT]:
        old.unlink()
    return copy
