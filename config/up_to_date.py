"""Tells whether a synthesis would write what is there already: neither its inputs nor its output have changed since.

Inputs are the modules of the project and of faststart, everything below `values/`, `cdktf.json`, the versions of the
installed packages, the variables that cdktf, Python or `config/engine.py` read, local states, and the date, which
decides what is a supported version of Kubernetes. Files are compared by content, states by their time and size.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import faststart
from config.core.files.written_files import write_whole
from config.paths import ROOT, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL_VARIABLE = "FULL_SYNTHESIS"
RECORDS = ROOT / ".synthesis"
FILES = ("cdktf.json", "config/core/kubernetes_support.json", "config/core/region_services.json")
# Folders that hold no module of the program; those with a dot in front of their name hold none either.
NO_MODULES = {"__pycache__", "bench", "cdktf.out", "docs", "faststart", "node_modules", "tests"}
VARIABLES = ("CDK", "EXCLUDE_STACK_ID_FROM_LOGICAL_IDS", "PYTHON", faststart.EAGER_VARIABLE)
# What Terraform writes beside the stacks' JSON: `.terraform`, lock files, plans.
OUTPUT = ("cdk.tf.json", "assets")


def is_up_to_date(outdir: Path, made_from: str) -> bool:
    """Whether `outdir` holds what a synthesis of these inputs would write.

    Never with `FULL_SYNTHESIS=1`, nor with `EAGER_PROVIDERS=1`.
    """
    if any(os.environ.get(name, "") not in ("", "0") for name in (FULL_VARIABLE, faststart.EAGER_VARIABLE)):
        return False
    try:
        record = json.loads(_record_of(outdir).read_text(encoding="utf-8"))
        return bool(record["input"] == made_from and record["output"] == digest_of_stacks(outdir))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def keep_record(outdir: Path, made_from: str) -> None:
    """Record the inputs of a synthesis and what it wrote, where the project's folder can be written."""
    record = {"input": made_from, "output": digest_of_stacks(outdir)}
    path = _record_of(outdir)
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, json.dumps(record))
    except OSError:
        return


def fingerprint(outdir: Path) -> str:
    """Hash everything that decides what synthesis writes to `outdir`."""
    state = hashlib.blake2b(_digest(input_files(), ROOT).encode())
    state.update("\0".join([sys.version, sys.prefix, f"{datetime.now(UTC):%Y-%m-%d}", *_installed()]).encode())
    # Of a stack that the settings no longer ask for the state says whether there is anything left of it.
    for path in sorted((outdir.absolute().parent / ".state").glob("*.tfstate")):
        found = path.stat()
        state.update(f"\0{path.name}\0{found.st_mtime_ns}\0{found.st_size}".encode())
    for name in sorted(os.environ):
        if name.startswith(VARIABLES):
            state.update(f"\0{name}={os.environ[name]}".encode(errors="surrogateescape"))
    return state.hexdigest()


def digest_of_stacks(outdir: Path) -> str:
    """Hash what synthesis wrote, so that a stack that was edited, added or removed afterwards is noticed."""
    return _digest(_output(outdir), outdir)


def input_files() -> Iterator[Path]:
    """List the files of the project that a synthesis reads."""
    yield from (path for name in FILES if (path := ROOT / name).is_file())
    yield from _files(VALUES)
    yield from _modules(ROOT)
    yield from _modules(Path(faststart.__file__).parent)


def _digest(files: Iterator[Path], folder: Path) -> str:
    state = hashlib.blake2b()
    for path in files:
        content = path.read_bytes()
        state.update(f"{os.path.relpath(path, folder)}\0{len(content)}\0".encode(errors="surrogateescape"))
        state.update(content)
    return state.hexdigest()


def _installed() -> list[str]:
    """Name each installed package with its version, as its metadata does."""
    folders = (path for path in sys.path if path.endswith("-packages"))
    return [name for folder in folders for name in sorted(os.listdir(folder)) if name.endswith(".dist-info")]  # noqa: PTH208 - names only


def _output(outdir: Path) -> Iterator[Path]:
    """List what a synthesis writes."""
    yield outdir / "manifest.json"
    for stack in sorted((outdir / "stacks").iterdir()):
        for name in OUTPUT:
            yield from _files(stack / name)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for name in sorted(os.listdir(path)):  # noqa: PTH208 - sorted by name
            if name != "__pycache__":
                yield from _files(path / name)
    elif path.exists():
        yield path


def _modules(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith("."):
                continue
            if entry.name.endswith((".py", ".cjs")):
                yield Path(entry.path)
            elif entry.is_dir() and entry.name not in NO_MODULES:
                yield from _modules(Path(entry.path))


def _record_of(outdir: Path) -> Path:
    return RECORDS / f"{hashlib.blake2b(str(outdir.resolve()).encode(), digest_size=8).hexdigest()}.json"
