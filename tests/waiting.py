"""Waiting in tests, for as long as a machine needs: the unit is a start of Python, which takes longer on a busy one."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Some hundred times as long as anything here takes: two minutes on two idle cores.
PATIENCE = 2000
PAUSE_SECONDS = 0.05


def pass_time() -> None:
    """Let one unit of time pass."""
    subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True)
    time.sleep(PAUSE_SECONDS)


def wait_until(condition: Callable[[], object], complaint: Callable[[], str] = lambda: "it did not happen") -> None:
    """Return when the condition holds; fail with the complaint if it never does."""
    for _ in range(PATIENCE):
        if condition():
            return
        pass_time()
    raise AssertionError(complaint())


def finish(process: subprocess.Popen[str], text: str | None = None) -> str:
    """Give a process its input, and return its output when it has ended; fail with the output if it never does."""
    for _ in range(PATIENCE):
        try:
            output, _ = process.communicate(text, timeout=PAUSE_SECONDS)
        except subprocess.TimeoutExpired:
            text = None
            subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True)
        else:
            return output
    process.kill()
    output, _ = process.communicate()
    raise AssertionError(f"{process.args!r} does not end:\n{output}")
