"""The terraform processes of a command: those that run, what they print, and how they are ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from operations.terraform import events

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

POLL_SECONDS = 0.02
KILL_AFTER_SECONDS = 5
PID_FILE = "terraform.pid"


@dataclass
class Processes:
    """The terraform processes of one command: those that run, and what each kind took."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    stopping: bool = False
    _running: dict[subprocess.Popen[bytes], str] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self, name: str, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Count a process while it runs."""
        started = time.monotonic()
        with self._guard:
            self._running[process] = name
        try:
            # A signal between the start of the process and here did not reach it.
            if self.stopping:
                process.send_signal(signal.SIGINT)
            yield
        finally:
            with self._guard:
                self._running.pop(process, None)
                self.seconds.setdefault(name, []).append(time.monotonic() - started)

    @property
    def applying(self) -> bool:
        """Whether a process is changing something."""
        with self._guard:
            return "apply" in self._running.values()

    def stop(self) -> None:
        """Ask each running process to end in order: an apply finishes what it began and writes its state.

        The second time they are asked to end at once, and those that do not are killed after some seconds.
        """
        again, self.stopping = self.stopping, True
        with self._guard:
            running = tuple(self._running)
        for process in running:
            process.send_signal(signal.SIGINT)
        if again:
            timer = threading.Timer(KILL_AFTER_SECONDS, _kill, [running])
            timer.daemon = True
            timer.start()


def _kill(processes: tuple[subprocess.Popen[bytes], ...]) -> None:
    for process in processes:
        if process.poll() is None:
            process.kill()


def is_running(home: Path) -> int | None:
    """Return the id of the apply that an earlier, killed command left running for a stack."""
    try:
        process = int((home / PID_FILE).read_text(encoding="utf-8"))
        os.kill(process, 0)
    except (OSError, ValueError):
        return None
    return process


def follow(process: subprocess.Popen[bytes], written: IO[bytes], watch: Callable[[str], None]) -> Iterator[str]:
    """Yield the lines of a log until the process has ended, and report each step to the watcher."""
    rest = b""
    while True:
        ended = process.poll() is not None
        *lines, rest = (rest + written.read()).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            event = events.parse(text)
            said = events.step(event) if event else None
            if said:
                watch(said)
            yield text
        if ended:
            yield rest.decode(errors="replace")
            return
        time.sleep(POLL_SECONDS)
