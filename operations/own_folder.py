"""Temporary folders of one command in the project, which only the user can read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

# Next to cdktf.out, where synthesis looks for local states; git ignores such names.
STAGING: Final = ".cdktf.out-"


@contextmanager
def own_folder(purpose: str = "") -> Iterator[Path]:
    """Yield a temporary folder next to cdktf.out that only the user can read."""
    with tempfile.TemporaryDirectory(prefix=f"{STAGING}{purpose}-" if purpose else STAGING, dir=ROOT) as folder:
        yield Path(folder)
