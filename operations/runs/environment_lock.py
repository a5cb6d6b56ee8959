"""One command at a time changes an environment; the next one waits, and says for whom."""

from __future__ import annotations

import getpass
import json
import os
import shlex
import socket
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from config.core.files.written_files import write_whole
from operations.runs.folders import LOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

POLL_SECONDS = 0.2
# How often a command that waits says so again.
REMINDER_SECONDS = 60
# The activity of the holder of a lock.
PLANNING = "planning"
CONFIRMING = "waiting for its confirmation"
APPLYING = "applying"


@dataclass(frozen=True)
class Holder:
    """Who holds the lock of an environment: which command, of whom, since when."""

    command: str
    who: str
    process: int
    since: str
    stage: str = PLANNING

    @classmethod
    def this_command(cls) -> Holder:
        """Describe this process."""
        who = f"{getpass.getuser()}@{socket.gethostname()}"
        command = shlex.join(["./eks", *sys.argv[1:]])
        return cls(command, who, os.getpid(), f"{datetime.now(UTC):%H:%M:%S} UTC")

    def __str__(self) -> str:
        """Write it as part of a sentence."""
        return f"'{self.command}' of {self.who} (process {self.process}, since {self.since}, {self.stage})"


@dataclass(frozen=True)
class EnvironmentLocks:
    """The locks that this command holds."""

    notes: tuple[Path, ...]

    def say(self, stage: str) -> None:
        """Record what this command does, for those who wait."""
        for note in self.notes:
            _write(note, Holder(**{**asdict(Holder.this_command()), "stage": stage}))


@contextmanager
def holding(environments: Iterable[str], say: Callable[[str], None]) -> Iterator[EnvironmentLocks]:
    """Hold the locks of environments; wait for other holders, and print who they are.

    They are taken in the order of their names, so that two commands never wait for each other.
    """
    LOCKS.mkdir(parents=True, exist_ok=True)
    names = sorted(set(environments))
    notes = tuple(LOCKS / f"{name}.json" for name in names)
    with ExitStack() as stack:
        for name, note in zip(names, notes, strict=True):
            stack.enter_context(_acquired(FileLock(LOCKS / f"{name}.lock"), name, note, say))
            _write(note, Holder.this_command())
            stack.callback(note.unlink, missing_ok=True)
        yield EnvironmentLocks(notes)


def wait_while_applying(environments: Iterable[str], say: Callable[[str], None]) -> None:
    """Wait until no command applies changes to the environments; their states are locked meanwhile."""
    for name in sorted(set(environments)):
        said = None
        while (holder := _holder(LOCKS / f"{name}.json")) and holder.stage == APPLYING and _runs(holder.process):
            if str(holder) != said:
                said = str(holder)
                say(f"Waiting for {holder}")
            time.sleep(POLL_SECONDS)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _acquired(lock: FileLock, name: str, note: Path, say: Callable[[str], None]) -> Iterator[None]:
    said_at = float("-inf")
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if time.monotonic() - said_at >= REMINDER_SECONDS:
                said_at = time.monotonic()
                say(f"{name} is locked: waiting for {_holder(note) or 'another command'}. Ctrl-C stops waiting.")
            time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _holder(note: Path) -> Holder | None:
    try:
        return Holder(**json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(note: Path, holder: Holder) -> None:
    """Replace the note whole, as others read it at any time."""
    write_whole(note, json.dumps(asdict(holder)))
