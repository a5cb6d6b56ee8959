"""Retries a step after a transient error, waiting longer each time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.terraform.runner import FAILED
from operations.terraform.transient import reason_to_try_again

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from operations.terraform.processes import Processes
    from operations.terraform.runner import Outcome


@dataclass(frozen=True)
class Retry:
    """How often to try again, and how many seconds before the first time; each wait is twice the one before.

    Attributes:
        patterns: Texts of errors that are retried, in addition to those that are known to be transient.

    """

    times: int = 4
    first_wait_seconds: float = 10
    patterns: tuple[re.Pattern[str], ...] = ()

    def reason(self, outcome: Outcome) -> str | None:
        """Report why a step should be retried; None where it should not."""
        return reason_to_try_again(outcome.diagnostics, self.patterns) if outcome.code == FAILED else None

    def waits(self) -> Iterator[float]:
        """Give the seconds to wait before each further try."""
        return (self.first_wait_seconds * 2**number for number in range(self.times))


def until_lasting(
    step: Callable[[], Outcome], retry: Retry, processes: Processes, watch: Callable[[str], None]
) -> Outcome:
    """Run a step until it succeeds, fails for a reason that lasts, or has been tried often enough."""
    outcome = step()
    for wait in retry.waits():
        reason = retry.reason(outcome)
        if reason is None or not pause(wait, reason, processes, watch):
            break
        outcome = step()
    return outcome


def pause(seconds: float, reason: str, processes: Processes, watch: Callable[[str], None]) -> bool:
    """Wait, and say why; return at once, with False, where the command is being stopped."""
    watch(f"tries again in {seconds:g} s: {reason}")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not processes.stopping:
        time.sleep(min(0.1, seconds))
    return not processes.stopping
