"""Runs a command and measures its time and the peak memory of all its processes together."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SAMPLE_SECONDS = 0.02
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Command:
    """A command, where it runs and what it finds in its environment."""

    arguments: Sequence[str]
    folder: Path
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Measurement:
    """Medians over several runs."""

    seconds: float
    peak_mib: float
    runs: int


def measure_alternately(commands: Mapping[str, Command], runs: int) -> dict[str, Measurement]:
    """Run the commands in turns, so that other load on the machine meets all of them."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            samples[name].append(_run(command))
    return {
        name: Measurement(
            seconds=statistics.median(seconds for seconds, _ in values),
            peak_mib=statistics.median(peak for _, peak in values),
            runs=len(values),
        )
        for name, values in samples.items()
    }


def _run(command: Command) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - the commands are this package's own
        list(command.arguments),
        cwd=command.folder,
        env={**os.environ, **command.variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    peak = _PeakMemory(process.pid)
    peak.start()
    _, errors = process.communicate()
    seconds = time.perf_counter() - start
    peak.stop()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command.arguments)} failed:\n{errors.decode(errors='replace')}")
    return seconds, peak.bytes / 2**20


class _PeakMemory(threading.Thread):
    """Adds up, again and again, the resident memory of all processes of a session."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._session = session
        self._stopped = threading.Event()

    def run(self) -> None:
        """Sample until stopped."""
        while not self._stopped.wait(_SAMPLE_SECONDS):
            self.bytes = max(self.bytes, sum(_resident_bytes(pid) for pid in self._processes()))

    def stop(self) -> None:
        """End the sampling."""
        self._stopped.set()
        self.join()

    def _processes(self) -> list[int]:
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in pids if _session_of(pid) == self._session]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except OSError:
        return 0
