"""Says what each stack is at: a line that changes on a terminal, a line a stage elsewhere."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

STAGES = ("init", "plan", "apply", "tries again")


class Progress:
    """Use as a context manager around the work; its methods may be called from any thread."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._steps: dict[str, str] = {}
        self._started: dict[str, float] = {}
        self._guard = threading.Lock()
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=8, transient=True)

    def __enter__(self) -> Progress:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def start(self, stack: str) -> Callable[[str], None]:
        """Begin with a stack; return its watcher."""
        with self._guard:
            self._started[stack] = time.monotonic()
        return self.watcher(stack)

    def watcher(self, stack: str) -> Callable[[str], None]:
        """Return what takes the steps of a stack."""
        return lambda step: self._say(stack, step)

    def finish(self, stack: str, result: str) -> None:
        """Say how a stack ended, and how long it took."""
        with self._guard:
            self._steps.pop(stack, None)
            seconds = time.monotonic() - self._started.get(stack, time.monotonic())
        self.console.print(f"{stack}: {result} ({seconds:.1f} s)", highlight=False, markup=False)

    def _say(self, stack: str, step: str) -> None:
        with self._guard:
            self._steps[stack] = step
        if not self.console.is_terminal and step.startswith(STAGES):
            self.console.print(f"{stack}: {step}", highlight=False, markup=False)

    def _render(self) -> Table:
        grid = Table.grid(padding=(0, 1))
        with self._guard:
            for stack, step in self._steps.items():
                seconds = time.monotonic() - self._started.get(stack, time.monotonic())
                grid.add_row(Spinner("dots"), stack, f"{seconds:.0f} s", step)
        return grid
