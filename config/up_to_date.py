"""Reports whether a synthesis would write what is there already: neither its inputs nor its output have changed since.

Inputs are the modules and data of the project and of faststart, everything below `values/`, the versions of the
installed packages, the variables that cdktf, Python or `config/engine.py` read, the date, which decides what is a
supported version of Kubernetes, and what states hold of stacks that the settings no longer ask for. Files are compared
by content.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import faststart
from config.core.files import local_states, remote_states
from config.core.files.written_files import write_whole
from config.core.problems import shown_notices
from config.paths import ROOT, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.environment import Environment

FULL_VARIABLE = "FULL_SYNTHESIS"
RECORDS = ROOT / ".synthesis"
# Folders that hold no part of the program; those with a dot in front of their name hold none either.
NO_MODULES = {"__pycache__", "bench", "cdktf.out", "docs", "faststart", "node_modules", "tests"}
VARIABLES = ("CDK", "EXCLUDE_STACK_ID_FROM_LOGICAL_IDS", "PYTHON", faststart.EAGER_VARIABLE)
# What Terraform writes next to the stacks' JSON: `.terraform`, lock files, plans.
OUTPUT = ("cdk.tf.json", "assets")


@dataclass(frozen=True)
class Synthesis:
    """What a synthesis has returned in addition to the stacks, for commands that find them up to date.

    Attributes:
        notices: What it said about the environments.
        commands: The `commands` settings of each environment, as JSON: they are in no stack.

    """

    notices: tuple[str, ...]
    commands: dict[str, str]


def last_synthesis(outdir: Path, made_from: str) -> Synthesis | None:
    """Return the synthesis that wrote `outdir`, where one of these inputs would write the same again.

    Nothing with `FULL_SYNTHESIS=1`, nor with `EAGER_PROVIDERS=1`.
    """
    if any(os.environ.get(name, "") not in ("", "0") for name in (FULL_VARIABLE, faststart.EAGER_VARIABLE)):
        return None
    try:
        record = json.loads(_record_of(outdir).read_text(encoding="utf-8"))
        is_unchanged = record["input"] == made_from and record["output"] == _digest(_output(outdir), outdir)
        if is_unchanged and record["states"] == _states_that_decide(outdir):
            return Synthesis(tuple(record["notices"]), record["commands"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def keep_record(outdir: Path, made_from: str, environments: tuple[Environment, ...]) -> None:
    """Record the inputs of a synthesis and what it gave, where the project's folder can be written."""
    record = {
        "input": made_from,
        "output": _digest(_output(outdir), outdir),
        "states": _states_that_decide(outdir),
        "notices": shown_notices(),
        "commands": {one.name: one.commands.model_dump_json() for one in environments},
    }
    path = _record_of(outdir)
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, json.dumps(record))
    except OSError:
        return


def fingerprint() -> str:
    """Hash everything but states that decides what synthesis writes."""
    state = hashlib.blake2b(_digest(input_files(), ROOT).encode())
    state.update("\0".join([sys.version, sys.prefix, f"{datetime.now(UTC):%Y-%m-%d}", *_installed()]).encode())
    for name in sorted(os.environ):
        if name.startswith(VARIABLES):
            state.update(f"\0{name}={os.environ[name]}".encode(errors="surrogateescape"))
    return state.hexdigest()


def input_files() -> Iterator[Path]:
    """List the files of the project that a synthesis reads."""
    yield from _files(VALUES)
    yield from _modules(ROOT)
    yield from _modules(Path(faststart.__file__).parent)


def files_of(stack: Path) -> Iterator[Path]:
    """List what a synthesis writes to the folder of a stack."""
    for name in OUTPUT:
        yield from _files(stack / name)


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
        yield from files_of(stack)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for name in sorted(os.listdir(path)):  # noqa: PTH208 - sorted by name
            if name != "__pycache__":
                yield from _files(path / name)
    elif path.exists():
        yield path


def _states_that_decide(outdir: Path) -> dict[str, list[str]]:
    """Return the providers in the state of each stack that the settings no longer ask for.

    Such a stack is written without a resource while its state has some. No other state decides what is written.
    """
    root = outdir.absolute().parent
    found = remote_states.remaining(root)
    for state in sorted((root / local_states.FOLDER).glob(f"*{local_states.SUFFIX}")):
        providers = [] if _has_resources(outdir / "stacks" / state.stem) else local_states.providers_of(state)
        if providers:
            found[state.stem] = sorted(providers)
    return found


def _has_resources(stack: Path) -> bool:
    """Look for resources in the text, in which cdktf indents by two: to read the JSON would take longer."""
    try:
        return b'\n  "resource": {' in (stack / OUTPUT[0]).read_bytes()
    except FileNotFoundError:
        return False


def _modules(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith("."):
                continue
            if entry.name.endswith((".py", ".cjs", ".json", ".yaml")):
                yield Path(entry.path)
            elif entry.is_dir() and entry.name not in NO_MODULES:
                yield from _modules(Path(entry.path))


def _record_of(outdir: Path) -> Path:
    return RECORDS / f"{hashlib.blake2b(str(outdir.resolve()).encode(), digest_size=8).hexdigest()}.json"
