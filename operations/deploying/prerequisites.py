"""Refuses to start what would fail midway: each stack needs those that it reads, or that read it, in the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.errors import UsageError
from operations.terraform import states

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from operations.planning.planning import Planner
    from operations.planning.stack_plan import StackPlan
    from operations.selection.synthesized import Stack


def check_upstream(previews: Iterable[StackPlan], chosen: Sequence[Stack]) -> None:
    """Raise a UsageError where a stack reads one that is neither applied nor part of the deploy."""
    names = {stack.name for stack in chosen}
    for plan in previews:
        missing = sorted({*plan.stand_ins, *plan.awaits} - names)
        if missing:
            raise UsageError(f"{plan.stack} reads {', '.join(missing)}, not applied yet: deploy that first, or both")


def check_downstream(chosen: Sequence[Stack], planner: Planner) -> None:
    """Raise a UsageError where a stack that stays reads one that is to be destroyed: AWS would refuse it midway."""
    names = {stack.name for stack in chosen}
    for name in sorted(planner.stacks.with_consumers(names) - names):
        reader = planner.stacks.stacks[name]
        if not states.is_empty(planner.state_of(reader)):
            read = ", ".join(sorted(names.intersection(reader.dependencies))) or ", ".join(sorted(names))
            raise UsageError(
                f"{name} still exists and depends on {read}: destroy it as well, "
                f"e.g. with './eks destroy ...{chosen[0].name}'"
            )
