"""Records what remains in S3 and HCP Terraform of stacks that the settings no longer have.

A command that reads the remote states writes a file for each environment next to the local states. Synthesis reads
that file, and no remote state.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from config.core.files.local_states import FOLDER as STATES
from config.core.files.written_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER: Final = f"{STATES}/remote"
SUFFIX: Final = ".json"


def remaining(root: Path, environment: str = "*") -> dict[str, list[str]]:
    """Return the providers of the remaining resources by stack, as the last command found them.

    Args:
        root: The folder that the output folder of synthesis is in.
        environment: The name of the environment; all by default.

    """
    found: dict[str, list[str]] = {}
    for path in sorted((root / FOLDER).glob(f"{environment}{SUFFIX}")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def remember(root: Path, environment: str, found: Mapping[str, list[str]]) -> bool:
    """Record what remains; return whether it differs from the last record."""
    if remaining(root, environment) == found:
        return False
    path = root / FOLDER / f"{environment}{SUFFIX}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(found))
    return True
