"""Applies stacks in order: each one's saved plan, after it was compared with what was confirmed."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from operations.deploying.existing import (
    advice,
    earlier_key,
    existing_objects,
    import_existing,
    is_written_by_eks,
    says_that_something_exists,
)
from operations.judging import guard
from operations.kubernetes.unavailable_apis import clear_after
from operations.planning import configured, verification
from operations.planning.stack_plan import PLAN_FILE, Purpose
from operations.terraform import events, state_backup, states
from operations.terraform import state_locks as locks
from operations.terraform.events import Diagnostic
from operations.terraform.retry import pause
from operations.terraform.runner import FAILED, LOCK_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from operations.deploying.existing import Existing
    from operations.planning.planning import Planner
    from operations.planning.stack_plan import StackPlan, Status
    from operations.selection.synthesized import Stack
    from operations.terraform.runner import Outcome


STALE = "Saved plan is stale"


@dataclass
class Deployer:
    """Applies what was previewed, or destroys it; what it has applied already decides whether a preview still holds."""

    planner: Planner
    previews: dict[str, StackPlan]
    allowed: guard.Allowed
    confirmed_by_person: bool
    fail_fast: bool = False
    adopt_existing: bool = False
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def deploy_all(self, chosen: Sequence[Stack], *, at_once: int) -> tuple[StackPlan, ...]:
        """Work on each stack after those that it waits for; those that wait for one that failed are skipped.

        A stack waits for those that it reads; to be destroyed, for those that read it.
        """
        results: dict[str, StackPlan] = {}
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            for stack, plan in self._in_order(chosen, pool, results):
                results[stack.name] = plan
        return tuple(results[stack.name] for stack in chosen)

    def _in_order(
        self, chosen: Sequence[Stack], pool: ThreadPoolExecutor, results: dict[str, StackPlan]
    ) -> Iterator[tuple[Stack, StackPlan]]:
        stacks = {stack.name: stack for stack in chosen}
        waits_for = self._waits_for(stacks)
        order = TopologicalSorter(waits_for)
        order.prepare()
        running: dict[Future[StackPlan], Stack] = {}
        while order.is_active():
            for name in order.get_ready():
                failed = [
                    other
                    for other in (results if self.fail_fast else waits_for[name])
                    if results[other].status in ("failed", "skipped", "stopped")
                ]
                is_blocked = bool(failed) or self.planner.terraform.processes.stopping
                running[pool.submit(self._skip if is_blocked else self._deploy, stacks[name])] = stacks[name]
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                stack = running.pop(future)
                yield stack, future.result()
                order.done(stack.name)

    def _waits_for(self, stacks: dict[str, Stack]) -> dict[str, list[str]]:
        if self.planner.purpose is Purpose.DESTROY:
            return {name: [other for other in stacks if name in stacks[other].dependencies] for name in stacks}
        return {name: [other for other in stacks[name].dependencies if other in stacks] for name in stacks}

    def _skip(self, stack: Stack) -> StackPlan:
        preview = self.previews[stack.name]
        if preview.status == "no changes":
            return preview
        status: Status = "stopped" if self.planner.terraform.processes.stopping else "skipped"
        self.planner.progress.finish(stack.name, status)
        return replace(preview, status=status)

    def _deploy(self, stack: Stack) -> StackPlan:
        watch = self.planner.progress.start(stack.name)
        plan = self._apply_until_lasting(stack, watch)
        self.planner.progress.finish(stack.name, plan.status)
        return plan

    def _apply_until_lasting(self, stack: Stack, watch: Callable[[str], None]) -> StackPlan:
        """Apply a stack; after a transient error, plan the rest and apply it."""
        plan = self._current_plan(stack, watch)
        waits = self.planner.retry.waits()
        made: set[str] = set()
        adopted: set[str] = set()
        while True:
            plan = self._checked(stack, plan, made)
            if plan.status != "changes":
                return plan
            made.update(change.address for change in plan.changes.resources if "add" in change.kinds)
            outcome = self._apply(stack, plan, watch)
            if outcome.code != FAILED:
                return replace(
                    plan, status="applied", diagnostics=outcome.diagnostics, outputs=events.outputs(outcome.events)
                )
            if self.planner.terraform.processes.stopping:
                return replace(plan, status="stopped", diagnostics=events.without_interruption(outcome.diagnostics))
            existing = self._existing(stack, outcome, watch)
            may_adopt = bool(existing) and (self.adopt_existing or all(map(is_written_by_eks, existing)))
            if may_adopt and not adopted.intersection(one.address for one in existing):
                self._adopt(stack, existing)
                adopted.update(one.address for one in existing)
                # What was there before this deploy is guarded like anything else.
                made -= adopted
                plan = self._with_earlier_key(stack, self._fresh_plan(stack, watch), watch)
                continue
            if self.planner.purpose is Purpose.DESTROY:
                clear_after(stack.environment, outcome.diagnostics, self.planner.progress.say)
            reason = self.planner.retry.reason(outcome)
            seconds = next(waits, None)
            if not reason or seconds is None or not pause(seconds, reason, self.planner.terraform.processes, watch):
                notes = (Diagnostic("note", advice(existing)),) if existing else ()
                return replace(plan, status="failed", diagnostics=(*self._explained(stack, outcome), *notes))
            plan = self._fresh_plan(stack, watch)

    def _existing(self, stack: Stack, outcome: Outcome, watch: Callable[[str], None]) -> tuple[Existing, ...]:
        """Return what a failed apply wanted to create although it exists; a plan of the rest shows what that is."""
        if not says_that_something_exists(outcome.diagnostics):
            return ()
        if self._fresh_plan(stack, watch).status != "changes":
            return ()
        return existing_objects(outcome.diagnostics, self.planner.terraform.show(stack.place, PLAN_FILE))

    def _adopt(self, stack: Stack, existing: tuple[Existing, ...]) -> None:
        for one in existing:
            self.planner.progress.say(f"{stack.name}: takes over {one}")
        import_existing(stack.folder, existing)

    def _with_earlier_key(self, stack: Stack, plan: StackPlan, watch: Callable[[str], None]) -> StackPlan:
        """Where a cluster is taken over, take over its key as well, in place of the one that was made since."""
        found = earlier_key(self.planner.terraform.show(stack.place, PLAN_FILE)) if plan.status == "changes" else None
        if found is None:
            return plan
        state_backup.back_up(stack)
        self.planner.terraform.capture(stack.place, "state", "rm", found.key.address)
        self.planner.forget(stack)
        self._adopt(stack, (found.key,))
        unused = f"aws kms schedule-key-deletion --key-id {found.made_since}"
        self.planner.progress.say(f"{stack.name}: nothing uses the key that replaced it: {unused}")
        return self._fresh_plan(stack, watch)

    def _current_plan(self, stack: Stack, watch: Callable[[str], None]) -> StackPlan:
        """Take the previewed plan where what it rests on is still there, else plan again on what is there now."""
        preview = self.previews[stack.name]
        if preview.status not in ("changes", "no changes"):
            return preview
        if self.planner.purpose is Purpose.DESTROY:
            return preview
        if preview.awaits and self._is_first(stack):
            return preview
        if preview.awaits or preview.stand_ins or self.planner.prepare(stack).values != preview.values:
            fresh = self._fresh_plan(stack, watch)
            beyond = fresh.changes.beyond(preview.changes)
            if beyond:
                said = f"as what it reads has changed, it also does: {', '.join(beyond)}"
                self.planner.progress.say(f"{stack.name}: {said}")
            return fresh
        return preview

    def _is_first(self, stack: Stack) -> bool:
        """Whether a stack can be applied without a saved plan: nothing is there that could be changed or lost."""
        prepared = self.planner.prepare(stack)
        local = states.read_local(stack)
        is_empty = local is not None and states.is_empty(local)
        is_sure = is_empty and configured.is_certain(stack)
        return is_sure and prepared.failure is None and not prepared.stand_ins

    def _fresh_plan(self, stack: Stack, watch: Callable[[str], None]) -> StackPlan:
        fresh = self.planner.plan_prepared(stack, self.planner.prepare(stack), watch, is_shown=False)
        return replace(fresh, changes=fresh.changes.described_by(self.previews[stack.name].changes))

    def _checked(self, stack: Stack, plan: StackPlan, made: set[str]) -> StackPlan:
        """Refuse a plan that is not what was confirmed, that the guard stops, or that loses more than was confirmed.

        What this deploy itself began to make may be replaced.
        """
        if plan.status != "changes":
            return plan
        if plan.stand_ins:
            missing = ", ".join(sorted(plan.stand_ins))
            return _refused(plan, f"{missing} did not publish every output that {stack.name} reads")
        changed = plan.confirmed and verification.difference(stack, stack.folder / PLAN_FILE, plan.confirmed)
        if changed:
            return _refused(plan, f"not applied, as it no longer is what was confirmed: {changed}; run it again")
        found = guard.stopped(stack, plan.verdicts, self.allowed.with_addresses(stack.name, made))
        if found:
            return _refused(plan, guard.explain((stack, verdict) for verdict in found))
        more = _lost(plan) - _lost(self.previews[stack.name]) - made
        if more and self.confirmed_by_person:
            return _refused(
                plan, f"what was confirmed did not have this destroyed: {', '.join(sorted(more))}; deploy again"
            )
        return plan

    def _apply(self, stack: Stack, plan: StackPlan, watch: Callable[[str], None]) -> Outcome:
        watch("apply")
        state_backup.back_up(stack)
        # On an empty state there is nothing but additions; planning them apart would start each provider once more.
        what = "-auto-approve" if plan.awaits else PLAN_FILE
        outcome = self.planner.terraform.run(stack.place, watch, "apply", "-input=false", "-json", LOCK_TIMEOUT, what)
        self.planner.forget(stack)
        return outcome

    def _explained(self, stack: Stack, outcome: Outcome) -> tuple[Diagnostic, ...]:
        diagnostics = locks.explained(stack, outcome.diagnostics, self.planner.terraform.variables(stack.place))
        if any(diagnostic.summary == STALE for diagnostic in diagnostics):
            advice = (
                "Another command applied this stack after the plan. Nothing of this plan was applied; run it again."
            )
            return (*diagnostics, Diagnostic("note", advice))
        return diagnostics


def _lost(plan: StackPlan) -> set[str]:
    return {change.address for change in plan.changes.resources if {"destroy", "replace"}.intersection(change.kinds)}


def _refused(plan: StackPlan, why: str) -> StackPlan:
    return replace(plan, status="failed", diagnostics=(Diagnostic("error", why),))
