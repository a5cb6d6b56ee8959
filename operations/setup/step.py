"""One step of the set-up: prints what it does, keeps its log, and prints what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.core.errors import ExpectedError
from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TOOLS = ROOT / ".tools"


class SetupError(ExpectedError):
    """A step failed; the text is what to print."""


@dataclass(frozen=True)
class Step:
    """One step: what it installs and where, and what it takes on two cores with a fast network.

    Attributes:
        result: What is there afterwards, whose size is printed.
        expected: Time and size, to decide whether to wait.

    """

    what: str
    result: Path
    expected: str

    def run(self, install: Callable[[Log], object]) -> None:
        """Install, and print what it took.

        Raises:
            SetupError: It failed; the text is the log of it.
        """
        where = self.result.relative_to(ROOT)
        sys.stdout.write(f"Set-up: {self.what}, into {where} (about {self.expected}) ... ")
        sys.stdout.flush()
        started = time.monotonic()
        log = Log(TOOLS / f"{self.result.name.lstrip('.')}.log")
        try:
            install(log)
        except BaseException:
            sys.stdout.write("\n")
            raise
        sys.stdout.write(f"{time.monotonic() - started:.0f} s, {megabytes(self.result)} MB\n")


class Log:
    """What the commands of a step print, in a file that is shown when one of them fails."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        self.path = path

    def run(self, *command: str | Path, environment: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
        """Run a command.

        Raises:
            SetupError: It fails.
        """
        with self.path.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - commands of this module
                [str(part) for part in command],
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            text = self.path.read_text(encoding="utf-8", errors="replace").rstrip()
            name = Path(command[0]).name
            raise SetupError(f"{text}\n{name} failed with exit status {done.returncode}; 'make' again continues here")


def megabytes(path: Path) -> int:
    """Return the size of a file or folder in units of a million bytes; what is linked twice counts once."""
    sizes = {(found.st_dev, found.st_ino): found.st_blocks * 512 for found in _stat_all(path)}
    return round(sum(sizes.values()) / 1e6)


def _stat_all(path: Path) -> Iterator[os.stat_result]:
    yield path.lstat()
    if path.is_dir() and not path.is_symlink():
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _stat_all(Path(entry.path))
                else:
                    yield entry.stat(follow_symlinks=False)
