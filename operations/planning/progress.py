"""Shows the progress of each stack: lines that change on a terminal; elsewhere a line a stage, and one a minute."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

STAGES = ("init", "plan", "apply", "tries again")
HEARTBEAT_SECONDS = 60


class Progress:
    """Use as a context manager around the work, or begin and end it; its methods may be called from any thread."""

    def __init__(self, console: Console, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self.console = console
        self.is_live = console.is_terminal and not os.environ.get("CI")
        self._heartbeat_seconds = heartbeat_seconds
        self._phase = ""
        self._steps: dict[str, str] = {}
        self._started: dict[str, float] = {}
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=8, transient=True)
        self._heart = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Progress:
        return self.begin()

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self, phase: str = "") -> Progress:
        """Show what is being worked on, and as long as that is no stack the phase of the command."""
        self._phase = phase
        if self.is_live:
            self._live.start(refresh=True)
        elif not self._heart.is_alive():
            if phase:
                self.say(phase)
            self._ended.clear()
            self._heart = threading.Thread(target=self._beat, daemon=True)
            self._heart.start()
        return self

    def end(self) -> None:
        """Show nothing more, so that the terminal is free; beginning again is possible."""
        self._ended.set()
        self._live.stop()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def start(self, stack: str) -> Callable[[str], None]:
        """Begin with a stack; return its watcher."""
        with self._guard:
            self._started[stack] = time.monotonic()
        return self.watcher(stack)

    def watcher(self, stack: str) -> Callable[[str], None]:
        """Return what takes the steps of a stack."""
        return lambda step: self._say(stack, step)

    def finish(self, stack: str, result: str) -> None:
        """Report how a stack ended, and how long it took."""
        with self._guard:
            self._steps.pop(stack, None)
            seconds = time.monotonic() - self._started.get(stack, time.monotonic())
        self.say(f"{stack}: {result} ({_duration(seconds)})")

    def _say(self, stack: str, step: str) -> None:
        with self._guard:
            self._steps[stack] = step
        if not self.is_live and step.startswith(STAGES):
            self.say(f"{stack}: {step}")

    def _beat(self) -> None:
        while not self._ended.wait(self._heartbeat_seconds):
            with self._guard:
                lines = [f"{stack}: {step}, {self._since(stack)} so far" for stack, step in self._steps.items()]
            for line in lines or filter(None, [self._phase]):
                self.say(line)

    def _since(self, stack: str) -> str:
        return _duration(time.monotonic() - self._started.get(stack, time.monotonic()))

    def _render(self) -> Table:
        grid = Table.grid(padding=(0, 1))
        with self._guard:
            for stack, step in self._steps.items():
                grid.add_row(Spinner("dots"), Text(stack, no_wrap=True), self._since(stack), Text(step))
        if not grid.row_count and self._phase:
            grid.add_row(Spinner("dots"), Text(self._phase))
        return grid


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
