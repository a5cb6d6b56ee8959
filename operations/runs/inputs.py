"""Tells whether the synthesized stacks are those of the files that are there."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from config.paths import ROOT
from stacks.output_folder import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What synthesis reads, in the project. The date decides which Kubernetes versions are supported.
FILES: Final = ("main.py", "cdktf.json", "Pipfile.lock")
FOLDERS: Final = ("config", "constructs", "faststart", "stacks", "values")
VARIABLES: Final = ("CDK", "EAGER_PROVIDERS", "EXCLUDE_STACK_ID_FROM_LOGICAL_IDS")


def fingerprint() -> str:
    """Hash everything that decides what synthesis writes."""
    digest = hashlib.sha256()
    for path in _paths():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    # Of a stack that the settings no longer ask for the state says whether there is anything left of it.
    for state in sorted((ROOT / ".state").glob("*.tfstate")):
        found = state.stat()
        digest.update(f"{state.name}\0{found.st_mtime_ns}\0{found.st_size}\0".encode())
    settings = {name: value for name, value in os.environ.items() if name.startswith(VARIABLES)}
    digest.update(json.dumps([settings, sys.version, f"{datetime.now(UTC):%Y-%m-%d}"], sort_keys=True).encode())
    return digest.hexdigest()


def digest_of_stacks(output: Path) -> str:
    """Hash what synthesis wrote, so that a stack that was edited or removed afterwards is noticed."""
    digest = hashlib.sha256()
    manifest = output / MANIFEST
    digest.update(manifest.read_bytes())
    for name, entry in sorted(json.loads(manifest.read_text(encoding="utf-8"))["stacks"].items()):
        digest.update(name.encode() + hashlib.sha256((output / entry["synthesizedStackPath"]).read_bytes()).digest())
    return digest.hexdigest()


def _paths() -> Iterator[Path]:
    yield from (ROOT / name for name in FILES)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                yield path
