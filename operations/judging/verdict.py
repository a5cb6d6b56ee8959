"""What a plan does to a resource, beyond what Terraform says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a change does, from the worst to the harmless."""

    IMPOSSIBLE = "impossible"
    LOSES = "loses"
    INTERRUPTS = "interrupts"
    ROLLS = "rolls"
    HARMLESS = "harmless"


@dataclass(frozen=True)
class Verdict:
    """What a plan does to one resource.

    Attributes:
        address: The resource.
        effect: The class of the change.
        what: What is lost, interrupted or rolled and for how long, or why the change is impossible.
        reason: Why the plan has the change, as far as Terraform says it.
        way: What to do instead, where something else works.

    """

    address: str
    effect: Effect
    what: str
    reason: str = ""
    way: str = ""

    def __str__(self) -> str:
        """Write it on one line."""
        because = f" ({self.reason})" if self.reason else ""
        way = f"; {self.way}" if self.way else ""
        return f"{self.address}: {self.effect}: {self.what}{because}{way}"
