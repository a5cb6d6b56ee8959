"""What planning a stack starts from, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from operations.planning.changes import Changes

if TYPE_CHECKING:
    from operations.judging.verdict import Verdict
    from operations.planning.stand_ins import Upstream
    from operations.planning.verification import Confirmed
    from operations.selection.synthesized import Place
    from operations.terraform.events import Diagnostic
    from operations.terraform.runner import Outcome

PLAN_FILE = "plan.tfplan"

Status = Literal["changes", "no changes", "failed", "not deployed", "applied", "skipped", "stopped"]


class Purpose(Enum):
    """What plans are made for."""

    SHOW = "to show what an apply would do, on example values where nothing else is there"
    APPLY = "to be applied; what can only be planned once its upstream is there is read from the configuration"
    DESTROY = "to destroy everything"
    DRIFT = "to compare the state with what exists"


@dataclass(frozen=True)
class Prepared:
    """A folder that is ready to be planned, or what stood in the way."""

    place: Place
    upstreams: tuple[Upstream, ...]
    failure: Outcome | None = None

    @property
    def stand_ins(self) -> dict[str, tuple[str, ...]]:
        """The outputs that are replaced by examples, by producer."""
        return {upstream.producer: tuple(sorted(upstream.examples)) for upstream in self.upstreams if upstream.examples}

    @property
    def reads(self) -> dict[str, frozenset[str]]:
        """The outputs that are read, by producer."""
        return {upstream.producer: upstream.read for upstream in self.upstreams}

    @property
    def values(self) -> dict[str, Any]:
        """What is read, by producer and output."""
        return {
            f"{upstream.producer}.{name}": upstream.outputs[name]["value"]
            for upstream in self.upstreams
            for name in upstream.read
            if name in upstream.outputs
        }


@dataclass(frozen=True)
class StackPlan:
    """What was found for one stack.

    Attributes:
        awaits: The stacks that have to be applied before this one can be planned; its changes are then those of a first
            apply, as the configuration has them.
        values: The outputs of other stacks that the plan rests on.
        confirmed: What identifies this plan; None where there is nothing to apply.

    """

    stack: str
    status: Status
    place: Place | None = None
    changes: Changes = field(default_factory=Changes)
    stand_ins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reads: dict[str, frozenset[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    awaits: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0
    confirmed: Confirmed | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
