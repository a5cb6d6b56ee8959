"""Applies stacks in dependency order: each one's saved plan, after the guard has seen it."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from operations.cdktf import UsageError
from operations.planning import guard
from operations.planning.planning import PLAN_FILE
from operations.terraform import state_backup
from operations.terraform import state_locks as locks
from operations.terraform.events import Diagnostic
from operations.terraform.retry import pause
from operations.terraform.terraform import FAILED, LOCK_TIMEOUT
from operations.terraform.transient import reason_to_try_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from operations.planning.planning import Planner, StackPlan
    from operations.planning.synthesized import Stack
    from operations.terraform.terraform import Outcome


def check_upstream(previews: Iterable[StackPlan], chosen: Sequence[Stack]) -> None:
    """Raise a UsageError where a stack reads one that is neither applied nor part of the deploy."""
    names = {stack.name for stack in chosen}
    for plan in previews:
        missing = sorted(plan.stand_ins.keys() - names)
        if missing:
            raise UsageError(f"{plan.stack} reads {', '.join(missing)}, not applied yet: deploy that first, or both")


@dataclass
class Deployer:
    """Applies what was previewed; what it has applied already decides whether a preview still holds."""

    planner: Planner
    previews: dict[str, StackPlan]
    allowed: frozenset[str]
    confirmed_by_person: bool
    _changed: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def deploy_all(self, chosen: Sequence[Stack], *, at_once: int) -> tuple[StackPlan, ...]:
        """Deploy each stack after those that it reads; the readers of one that failed are skipped."""
        results: dict[str, StackPlan] = {}
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            for stack, plan in self._in_order(chosen, pool, results):
                results[stack.name] = plan
        return tuple(results[stack.name] for stack in chosen)

    def _in_order(
        self, chosen: Sequence[Stack], pool: ThreadPoolExecutor, results: dict[str, StackPlan]
    ) -> Iterator[tuple[Stack, StackPlan]]:
        stacks = {stack.name: stack for stack in chosen}
        order = TopologicalSorter({name: [d for d in stacks[name].dependencies if d in stacks] for name in stacks})
        order.prepare()
        running: dict[Future[StackPlan], Stack] = {}
        while order.is_active():
            for name in order.get_ready():
                blocked = self.planner.terraform.processes.stopping or any(
                    results[upstream].status in ("failed", "skipped")
                    for upstream in stacks[name].dependencies
                    if upstream in results
                )
                running[pool.submit(self._skip if blocked else self._deploy, stacks[name])] = stacks[name]
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                stack = running.pop(future)
                yield stack, future.result()
                order.done(stack.name)

    def _skip(self, stack: Stack) -> StackPlan:
        self.planner.progress.finish(stack.name, "skipped")
        return replace(self.previews[stack.name], status="skipped")

    def _deploy(self, stack: Stack) -> StackPlan:
        watch = self.planner.progress.start(stack.name)
        plan = self._apply_until_lasting(stack, watch)
        self.planner.progress.finish(stack.name, plan.status)
        return plan

    def _apply_until_lasting(self, stack: Stack, watch: Callable[[str], None]) -> StackPlan:
        """Apply a stack; after an error that goes away by itself, plan what is left and apply that."""
        plan = self._current_plan(stack, watch)
        waits = self.planner.retry.waits()
        made: set[str] = set()
        while True:
            plan = self._checked(stack, plan, made)
            if plan.status != "changes":
                return plan
            made.update(change.address for change in plan.changes.resources if "add" in change.kinds)
            outcome = self._apply(stack, watch)
            if outcome.code != FAILED:
                return replace(plan, status="applied", diagnostics=outcome.diagnostics)
            reason = reason_to_try_again(outcome.diagnostics)
            seconds = next(waits, None)
            if not reason or seconds is None or not pause(seconds, reason, self.planner.terraform.processes, watch):
                return replace(plan, status="failed", diagnostics=locks.explained(stack, outcome.diagnostics))
            plan = self._fresh_plan(stack, watch)

    def _current_plan(self, stack: Stack, watch: Callable[[str], None]) -> StackPlan:
        """Take the previewed plan where nothing before it changed, else plan again on what is there now."""
        preview = self.previews[stack.name]
        with self._guard:
            upstream_changed = not self._changed.isdisjoint(stack.dependencies)
        return self._fresh_plan(stack, watch) if preview.stand_ins or upstream_changed else preview

    def _fresh_plan(self, stack: Stack, watch: Callable[[str], None]) -> StackPlan:
        return self.planner.plan_prepared(stack, self.planner.prepare(stack), watch)

    def _checked(self, stack: Stack, plan: StackPlan, made: set[str]) -> StackPlan:
        """Refuse a plan on example values, one that the guard stops, and one that loses more than was confirmed.

        What this deploy itself began to make may be replaced.
        """
        if plan.status != "changes":
            return plan
        own = {f"{stack.name}/{address}" for address in made}
        found = guard.dangers(stack.name, plan.changes, self.allowed | own)
        if plan.stand_ins:
            missing = ", ".join(sorted(plan.stand_ins))
            return _refused(plan, f"{missing} did not publish every output that {stack.name} reads")
        if found:
            return _refused(plan, guard.explain(found))
        more = _lost(plan) - _lost(self.previews[stack.name]) - made
        if more and self.confirmed_by_person:
            return _refused(
                plan, f"what was confirmed did not have this destroyed: {', '.join(sorted(more))}; deploy again"
            )
        return plan

    def _apply(self, stack: Stack, watch: Callable[[str], None]) -> Outcome:
        watch("apply")
        state_backup.back_up(stack)
        outcome = self.planner.terraform.run(
            stack.folder, watch, "apply", "-input=false", "-json", LOCK_TIMEOUT, PLAN_FILE
        )
        self.planner.forget(stack)
        with self._guard:
            self._changed.add(stack.name)
        return outcome


def _lost(plan: StackPlan) -> set[str]:
    return {change.address for change in plan.changes.resources if {"destroy", "replace"}.intersection(change.kinds)}


def _refused(plan: StackPlan, why: str) -> StackPlan:
    return replace(plan, status="failed", diagnostics=(Diagnostic("error", why),))
