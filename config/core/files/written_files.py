"""Writes files atomically: a reader, also after a crash, sees the old or the new content."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

TRACKED: Final = 0o644
"""Mode of a file that is committed; others are for whom the process' umask lets."""


def write_new(path: Path, text: str) -> None:
    """Make a file that is not there yet.

    Raises:
        FileExistsError: It is there, and as it was.
        OSError: The file cannot be written; nothing is there.

    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        aside.write_text(text, encoding="utf-8")
        # Unlike a rename, a link never takes the place of another file.
        os.link(aside, path)
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def write_whole(path: Path, text: str, *, mode: int | None = None) -> None:
    """Replace a file, or make it; one that exists keeps its mode.

    Raises:
        OSError: The file cannot be written; it is then as it was.

    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        aside.write_text(text, encoding="utf-8")
        kept = path.stat().st_mode & 0o777 if path.exists() else mode
        if kept is not None:
            aside.chmod(kept)
        # A link stays one: what it leads to is replaced.
        aside.replace(path.resolve())
    except BaseException:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
