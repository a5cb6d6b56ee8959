"""The folders that commands work in.

`cdktf.out/stacks/<stack>` is what synthesis wrote last, for cdktf and terraform by hand, with what `init` left there.
`cdktf.out/run-<time>-<process>/<stack>` belongs to one command: its JSON, plans and logs, which no other one touches.
It is as deep as the other one, so that relative paths of states lead to the same files from both.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from config import up_to_date
from config.core.files.written_files import write_whole
from config.paths import ENVIRONMENTS, ROOT
from operations.own_folder import STAGING, own_folder
from operations.selection.synthesized import Synthesized
from operations.terraform.processes import is_running
from stacks.output_folder import MANIFEST, STACKS, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.commands import CommandsSettings
    from config.environment import Environment

OUTPUT: Final = ROOT / "cdktf.out"
LOCKS: Final = OUTPUT / ".locks"
# The runs that stay for reading their logs; their plans, which hold secrets in plain text, go when a run ends.
KEPT_RUNS: Final = 5
RUN_LOCK: Final = ".lock"
# What a synthesis that was killed has left is removed after that time.
STAGING_SECONDS: Final = 3600
# What the stacks in cdktf.out/stacks were synthesized from.
STAMP: Final = OUTPUT / ".synthesized-from"


@dataclass(frozen=True)
class Run:
    """What one command works on.

    Attributes:
        folder: The folder that is the command's own, which nobody else can read.
        stacks: The stacks in it.
        commands: What each environment says of commands, as it was when the stacks were synthesized.

    """

    folder: Path
    stacks: Synthesized
    commands: dict[str, CommandsSettings]


@contextmanager
def run_folder() -> Iterator[Run]:
    """Synthesize into a folder of the command's own, and bring cdktf.out/stacks up to date.

    Raises:
        ConfigurationError: Something is wrong in an environment; nothing is written.

    """
    OUTPUT.mkdir(parents=True, exist_ok=True)
    folder = OUTPUT / f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
    folder.mkdir(mode=0o700)
    with FileLock(folder / RUN_LOCK):
        _remove_old_runs(folder)
        try:
            environments = _synthesize(folder)
            yield Run(folder, _load(folder), {one.name: one.commands for one in environments})
        finally:
            if not (folder / MANIFEST).exists():
                shutil.rmtree(folder, ignore_errors=True)
            for secret in (*folder.glob("*/*.tfplan"), *folder.glob("login*/*")):
                secret.unlink()


def current_stacks() -> Synthesized:
    """Give the stacks of cdktf.out, synthesized again only where something that they are made from has changed.

    For commands that read: what is planned and applied is always synthesized by the command itself.
    """
    if not _is_current(up_to_date.fingerprint(OUTPUT)):
        return synthesize_all()
    return Synthesized.load(OUTPUT, _environments())


def synthesize_all() -> Synthesized:
    """Synthesize every stack to cdktf.out, and give them."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with _staging() as folder:
        _write(folder, up_to_date.fingerprint(OUTPUT))
    return Synthesized.load(OUTPUT, _environments())


def last_stacks() -> tuple[str, ...]:
    """Name the stacks of the last synthesis, for the completion of a shell; none where there was none."""
    try:
        return tuple(json.loads((OUTPUT / MANIFEST).read_text(encoding="utf-8"))["stacks"])
    except (OSError, ValueError):
        return ()


def _is_current(made_from: str) -> bool:
    try:
        return STAMP.read_text(encoding="utf-8") == made_from + up_to_date.digest_of_stacks(OUTPUT)
    except OSError:
        return False


def _synthesize(folder: Path) -> tuple[Environment, ...]:
    with _staging() as staging:
        return _write(staging, up_to_date.fingerprint(OUTPUT), copy_to=folder)


@contextmanager
def _staging() -> Iterator[Path]:
    """Give a folder to synthesize into, beside cdktf.out: synthesis looks for local states beside its output."""
    with own_folder() as folder:
        yield folder


def _write(staging: Path, made_from: str, copy_to: Path | None = None) -> tuple[Environment, ...]:
    """Synthesize into a staging folder, copy that for a run, and move it to cdktf.out; return the environments."""
    from main import synthesize  # noqa: PLC0415 - loads the configuration

    environments = synthesize(staging)
    if copy_to is not None:
        shutil.copytree(staging / STACKS, copy_to, dirs_exist_ok=True)
        manifest = json.loads((staging / MANIFEST).read_text(encoding="utf-8"))
        for name, entry in manifest["stacks"].items():
            entry["workingDirectory"] = name
        write_whole(copy_to / MANIFEST, json.dumps(manifest))
    LOCKS.mkdir(exist_ok=True)
    with FileLock(LOCKS / "output.lock"):
        STAMP.unlink(missing_ok=True)
        publish(staging, OUTPUT)
        write_whole(STAMP, made_from + up_to_date.digest_of_stacks(OUTPUT))
    return environments


def _load(folder: Path) -> Synthesized:
    return Synthesized.load(folder, _environments(), homes=OUTPUT / STACKS)


def _environments() -> list[str]:
    return [path.stem for path in ENVIRONMENTS.glob("*.yaml")]


def _remove_old_runs(own: Path) -> None:
    """Remove all but the newest runs; one that is still at work, or whose terraform is, stays."""
    for left in OUTPUT.parent.glob(f"{STAGING}*"):
        if time.time() - left.stat().st_mtime > STAGING_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    runs = sorted((path for path in OUTPUT.glob("run-*") if path != own), key=lambda path: path.name)
    for run in runs[:-KEPT_RUNS]:
        try:
            with FileLock(run / RUN_LOCK, timeout=0):
                if not any(is_running(OUTPUT / STACKS / stack.name) for stack in run.iterdir()):
                    shutil.rmtree(run, ignore_errors=True)
        except (Timeout, OSError):
            continue
