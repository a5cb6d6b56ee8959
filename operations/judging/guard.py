"""Stops what is impossible, and what loses something that cannot be recovered, unless that is allowed by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from operations.judging.verdict import Verdict
    from operations.selection.synthesized import Stack


@dataclass(frozen=True)
class Allowed:
    """What may be lost: names of resources (`<stack>/<address>`), and for a destroy of stacks and environments."""

    names: frozenset[str] = frozenset()
    is_destroy: bool = False

    def covers(self, stack: Stack, address: str) -> bool:
        """Whether a resource may be lost."""
        if self.is_destroy and not self.names.isdisjoint((stack.name, stack.environment)):
            return True
        return f"{stack.name}/{address}" in self.names

    def with_addresses(self, stack: str, addresses: Collection[str]) -> Allowed:
        """Add resources of one stack."""
        return replace(self, names=self.names | {f"{stack}/{address}" for address in addresses})


def stopped(stack: Stack, verdicts: Iterable[Verdict], allowed: Allowed) -> tuple[Verdict, ...]:
    """Choose the verdicts that stop a command: what is impossible, and what would be lost without leave."""
    return tuple(
        verdict
        for verdict in verdicts
        if verdict.effect is Effect.IMPOSSIBLE
        or (verdict.effect is Effect.LOSES and not allowed.covers(stack, verdict.address))
    )


def explain(found: Iterable[tuple[Stack, Verdict]]) -> str:
    """Report what was stopped, and how to continue."""
    listed = tuple(found)
    lines = [f"  {stack.name}/{verdict}" for stack, verdict in listed]
    names = " ".join(f"{s.name}/{verdict.address}" for s, verdict in listed if verdict.effect is Effect.LOSES)
    way = [f"To continue anyway, name it: --allow-destroy '{names}'"] if names else []
    return "\n".join(["Stopped, because of what this would do:", *lines, *way])
