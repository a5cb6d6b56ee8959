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
from config.core.problems import show_notice
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


@dataclass(frozen=True)
class Run:
    """What one command works on.

    Attributes:
        folder: The folder that is the command's own, which only the user can read.
        stacks: The stacks in it.
        commands: What each environment says of commands, as it was when the stacks were synthesized.

    """

    folder: Path
    stacks: Synthesized
    commands: dict[str, CommandsSettings]

    @classmethod
    def in_folder(cls, folder: Path) -> Run:
        """Fill the folder with the stacks as they are now."""
        commands = _synthesize(folder)
        return cls(folder, _load(folder), commands)


@contextmanager
def run_folder() -> Iterator[Run]:
    """Give a command a folder of its own with the stacks, and bring cdktf.out/stacks up to date.

    They are copied where a synthesis would write the same again.

    Raises:
        ConfigurationError: Something is wrong in an environment; nothing is written.

    """
    OUTPUT.mkdir(parents=True, exist_ok=True)
    folder = OUTPUT / f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
    folder.mkdir(mode=0o700)
    with FileLock(folder / RUN_LOCK):
        _remove_old_runs(folder)
        try:
            yield Run.in_folder(folder)
        finally:
            if not (folder / MANIFEST).exists():
                shutil.rmtree(folder, ignore_errors=True)
            for secret in (*folder.glob("*/*.tfplan"), *folder.glob("login*/*")):
                secret.unlink()


def current_stacks() -> Synthesized:
    """Give the stacks of cdktf.out, synthesized again only where something that they are made from has changed."""
    if up_to_date.last_synthesis(OUTPUT, up_to_date.fingerprint()) is None:
        return synthesize_all()
    return Synthesized.load(OUTPUT, _environments())


def synthesize_all() -> Synthesized:
    """Synthesize every stack to cdktf.out, and give them."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with own_folder() as folder:
        _write(folder, up_to_date.fingerprint())
    return Synthesized.load(OUTPUT, _environments())


def last_stacks() -> tuple[str, ...]:
    """Name the stacks of the last synthesis, for the completion of a shell; none where there was none."""
    try:
        return tuple(json.loads((OUTPUT / MANIFEST).read_text(encoding="utf-8"))["stacks"])
    except (OSError, ValueError):
        return ()


def _synthesize(folder: Path) -> dict[str, CommandsSettings]:
    """Fill the folder of a run; return what each environment says of commands."""
    from config.commands import CommandsSettings  # noqa: PLC0415 - a command that only reads needs no model

    made_from = up_to_date.fingerprint()
    with _locked_output():
        unchanged = up_to_date.last_synthesis(OUTPUT, made_from)
        if unchanged is not None:
            _copy(OUTPUT, folder)
    if unchanged is None:
        with own_folder() as staging:
            return {one.name: one.commands for one in _write(staging, made_from, copy_to=folder)}
    for notice in unchanged.notices:
        show_notice(notice)
    return {name: CommandsSettings.model_validate_json(text) for name, text in unchanged.commands.items()}


def _write(staging: Path, made_from: str, copy_to: Path | None = None) -> tuple[Environment, ...]:
    """Synthesize into a folder next to cdktf.out, where synthesis looks for local states; copy that and publish it."""
    from main import synthesize  # noqa: PLC0415 - loads the configuration

    environments = synthesize(staging)
    if copy_to is not None:
        _copy(staging, copy_to)
    with _locked_output():
        publish(staging, OUTPUT)
        up_to_date.keep_record(OUTPUT, made_from, environments)
    return environments


@contextmanager
def _locked_output() -> Iterator[None]:
    LOCKS.mkdir(exist_ok=True)
    with FileLock(LOCKS / "output.lock"):
        yield


def _copy(source: Path, folder: Path) -> None:
    """Copy what synthesis wrote, and not what terraform keeps next to it, to the folder of a run."""
    manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    for name, entry in manifest["stacks"].items():
        for path in up_to_date.files_of(source / STACKS / name):
            copy = folder / path.relative_to(source / STACKS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        entry["workingDirectory"] = name
    write_whole(folder / MANIFEST, json.dumps(manifest))


def _load(folder: Path) -> Synthesized:
    return Synthesized.load(folder, _environments(), homes=OUTPUT / STACKS)


def _environments() -> list[str]:
    return [path.stem for path in ENVIRONMENTS.glob("*.yaml")]


def _remove_old_runs(own: Path) -> None:
    """Remove all but the newest runs; one that still runs, or whose terraform is, stays."""
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
