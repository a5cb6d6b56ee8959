"""Reports how many processes pay; apart from `parallel`, whose import takes 15 ms."""

from __future__ import annotations

import os

from ._settings import is_switched_off

# So many parts, each as large as an environment of 100 resources, pay for the start of another process: README.md.
_PARTS_THAT_PAY = 20


def processes_that_pay(parts: int) -> int:
    """Return how many processes synthesize so many parts soonest, as far as this machine has the cores."""
    if is_switched_off():
        # Each would load whole providers: 16 s and 1.6 GB.
        return 1
    return max(1, min(cores(), parts // _PARTS_THAT_PAY))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
