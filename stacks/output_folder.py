"""Writes synthesized stacks into their folder whole: a synthesis that fails or is interrupted changes nothing there."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST: Final = "manifest.json"
STACKS: Final = "stacks"


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Give a folder to synthesize into, and move what was written there to the target when that succeeded."""
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        yield Path(folder)
        publish(Path(folder), target)


def publish(source: Path, target: Path) -> None:
    """Move the stacks' files to the target, next to what Terraform keeps in their folders, and the manifest last."""
    for path in sorted(path for path in (source / STACKS).rglob("*") if path.is_file()):
        destination = target / path.relative_to(source)
        destination.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, destination)  # noqa: PTH105 - for each of thousands of files
    os.replace(source / MANIFEST, target / MANIFEST)  # noqa: PTH105 - as above
