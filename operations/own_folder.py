"""Folders of one command, in the project: what it writes for others for a while, and nobody else can read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

# Beside cdktf.out, where synthesis looks for local states; git ignores such names.
STAGING: Final = ".cdktf.out-"


@contextmanager
def own_folder(purpose: str = "") -> Iterator[Path]:
    """Give a folder beside cdktf.out that nobody else can read and that goes; a later run removes what a kill left."""
    with tempfile.TemporaryDirectory(prefix=f"{STAGING}{purpose}-" if purpose else STAGING, dir=ROOT) as folder:
        yield Path(folder)
