"""Plans stacks: each one's upstream first, independent ones at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from operations.judging.judge import judge
from operations.judging.planned import first_plan, objects_of_state
from operations.planning import changes, configured, stand_ins, verification
from operations.planning.changes import Changes
from operations.planning.stack_plan import PLAN_FILE, Prepared, Purpose, StackPlan
from operations.terraform import grafana_login, states
from operations.terraform import state_locks as locks
from operations.terraform.events import Diagnostic
from operations.terraform.retry import Retry, until_lasting
from operations.terraform.runner import BACKEND_RECORD, CHANGES, FAILED, NO_CHANGES, PLAN_LOCK_TIMEOUT, TerraformError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from operations.judging.planned import Object
    from operations.judging.verdict import Verdict
    from operations.planning.progress import Progress
    from operations.planning.stack_plan import Status
    from operations.planning.stand_ins import Values
    from operations.planning.verification import Confirmed
    from operations.selection.synthesized import Place, Stack, Synthesized
    from operations.terraform.runner import Outcome, Terraform


@dataclass
class Planner:
    """Plans stacks of one synthesis; what one stack's planning finds out serves the others."""

    terraform: Terraform
    stacks: Synthesized
    progress: Progress
    retry: Retry = field(default_factory=Retry)
    purpose: Purpose = Purpose.SHOW
    _prepared: dict[str, Prepared] = field(default_factory=dict)
    _states: dict[str, dict[str, Any]] = field(default_factory=dict)
    _guards: dict[str, threading.RLock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._guards = {name: threading.RLock() for name in self.stacks.stacks}

    def plan_all(self, chosen: Sequence[Stack], *, at_once: int, fail_fast: bool = False) -> tuple[StackPlan, ...]:
        """Plan the stacks, in dependency order, some at once; after a failure the rest where that is wanted."""
        has_failed = threading.Event()

        def plan(stack: Stack) -> StackPlan:
            if self.terraform.processes.stopping:
                return StackPlan(stack.name, "stopped")
            if fail_fast and has_failed.is_set():
                return StackPlan(stack.name, "skipped")
            found = self.plan(stack)
            if found.status == "failed":
                has_failed.set()
            return found

        with ThreadPoolExecutor(max_workers=at_once) as pool:
            return tuple(pool.map(plan, chosen))

    def plan(self, stack: Stack) -> StackPlan:
        """Plan one stack; for a first apply that waits for its upstream, read the configuration."""
        watch = self.progress.start(stack.name)
        plan = self._announced(stack) or self.plan_prepared(stack, self.prepare(stack), watch)
        self.progress.finish(stack.name, plan.status)
        return plan

    def plan_prepared(
        self, stack: Stack, prepared: Prepared, watch: Callable[[str], None], *, is_shown: bool = True
    ) -> StackPlan:
        """Plan one stack in the folder that was prepared for it.

        Where nobody is shown the changes, and all are additions, they are read from what terraform prints.
        """
        if prepared.failure:
            diagnostics = (*prepared.failure.diagnostics, *_advice(stack))
            return StackPlan(stack.name, self._ended("failed"), prepared.place, diagnostics=diagnostics)
        if self.purpose is Purpose.DRIFT and prepared.stand_ins:
            return StackPlan(stack.name, "not deployed", prepared.place)
        before = states.read_local(stack)
        if self.purpose is Purpose.DESTROY and before is not None and states.is_empty(before):
            return StackPlan(stack.name, "no changes", prepared.place)
        outcome = self._run_plan(prepared.place, watch)
        found, verdicts = self._read(stack, prepared.place, outcome, is_shown=is_shown)
        status = self._status(outcome, found)
        return StackPlan(
            stack=stack.name,
            status=status,
            place=prepared.place,
            changes=found,
            stand_ins=prepared.stand_ins,
            reads=prepared.reads,
            values=prepared.values,
            verdicts=verdicts,
            diagnostics=locks.explained(stack, outcome.diagnostics, self.terraform.variables(prepared.place)),
            seconds=outcome.seconds,
            confirmed=self._confirmed(stack, prepared.place, before) if status == "changes" else None,
        )

    def _confirmed(self, stack: Stack, place: Place, before: dict[str, Any] | None) -> Confirmed | None:
        if self.purpose not in (Purpose.APPLY, Purpose.DESTROY):
            return None
        return verification.confirmed(stack, place.folder / PLAN_FILE, before)

    def _status(self, outcome: Outcome, found: Changes) -> Status:
        """Read the exit code; that of a refresh-only plan is 2 also where nothing differs, as after a first apply."""
        if outcome.code in (NO_CHANGES, CHANGES):
            is_drift = self.purpose is Purpose.DRIFT
            is_changed = outcome.code == CHANGES and (not is_drift or bool(found.resources or found.outputs))
            return "changes" if is_changed else "no changes"
        return self._ended("failed")

    def _ended(self, status: Status) -> Status:
        return "stopped" if self.terraform.processes.stopping else status

    def _announced(self, stack: Stack) -> StackPlan | None:
        """Report what a first apply makes where its upstream is not there yet; None where a plan can say it.

        Such a stack has no state, so that there is nothing that it could change or destroy.
        """
        if self.purpose is not Purpose.APPLY or "import" in stack.configuration:
            return None
        state = self.state_of(stack)
        if not states.is_empty(state):
            return None
        outputs = {name: self._outputs_of(self.stacks.stacks[name]) for name in stack.dependencies}
        found = stand_ins.upstreams(stack, self.stacks, outputs)
        awaits = tuple(upstream.producer for upstream in found if upstream.examples)
        if not awaits:
            return None
        wanted = verification.confirmed(stack, None, states.read_local(stack))
        return StackPlan(
            stack.name,
            "changes",
            changes=configured.changes(stack).marked(stack.configuration),
            awaits=awaits,
            verdicts=judge(first_plan(stack.configuration)),
            confirmed=wanted,
        )

    def prepare(self, stack: Stack) -> Prepared:
        """Initialize the folder to plan in: the stack's own, or a copy with examples in place of missing outputs."""
        with self._guards[stack.name]:
            if stack.name not in self._prepared:
                self._prepared[stack.name] = self._prepare(stack)
            return self._prepared[stack.name]

    def forget(self, stack: Stack) -> None:
        """Look at a stack's state and its readers again, after it was applied."""
        for name in self.stacks.with_consumers([stack.name]):
            self._prepared.pop(name, None)
        self._states.pop(stack.name, None)

    def _prepare(self, stack: Stack) -> Prepared:
        outputs = {name: self._outputs_of(self.stacks.stacks[name]) for name in stack.dependencies}
        grafana_login.log_in(self.terraform, stack, outputs, self.progress.say)
        found = stand_ins.upstreams(stack, self.stacks, outputs)
        place = stack.place
        if any(upstream.examples for upstream in found):
            place = replace(place, folder=stack.folder.with_name(f"{stack.name}.examples"))
            stand_ins.write_copy(stack, found, place.folder)
        return Prepared(place, found, self._initialize(place, self.progress.watcher(stack.name)))

    def _initialize(self, place: Place, watch: Callable[[str], None]) -> Outcome | None:
        """Run `init` if need be; return how it ended where it failed."""
        options = ("-input=false", "-json", *self.terraform.options_of_init(place))

        def initialize() -> Outcome:
            watch("init")
            return until_lasting(
                lambda: self.terraform.run(place, watch, "init", *options),
                self.retry,
                self.terraform.processes,
                watch,
            )

        outcome = self.terraform.initialize(place, initialize)
        return outcome if outcome is not None and outcome.code == FAILED else None

    def _outputs_of(self, stack: Stack) -> Values:
        """Read a stack's outputs; none where it was not applied, or cannot be initialized (its own plan says why)."""
        return cast("Values", self.state_of(stack).get("outputs", {}))

    def state_of(self, stack: Stack) -> dict[str, Any]:
        """Read a stack's state; empty where it was not applied, or cannot be initialized."""
        with self._guards[stack.name]:
            if stack.name not in self._states:
                self._states[stack.name] = self._read_state(stack)
            return self._states[stack.name]

    def prepare_alone(self, stack: Stack) -> Outcome | None:
        """Initialize a stack without a look at those that it reads; return how that ended where it failed."""
        return self._initialize(stack.place, self.progress.watcher(stack.name))

    def _read_state(self, stack: Stack) -> dict[str, Any]:
        local = states.read_local(stack)
        if local is not None:
            return local
        failure = self._initialize(stack.place, self.progress.watcher(stack.name))
        try:
            return {} if failure else self.terraform.state(stack.place)
        except TerraformError:
            if self.terraform.processes.stopping:
                return {}
            raise

    def _run_plan(self, place: Place, watch: Callable[[str], None]) -> Outcome:
        watch("plan")
        options = ["-input=false", "-json", "-detailed-exitcode", f"-out={PLAN_FILE}", PLAN_LOCK_TIMEOUT]
        options += {Purpose.DRIFT: ["-refresh-only"], Purpose.DESTROY: ["-destroy"]}.get(self.purpose, [])
        return until_lasting(
            lambda: self.terraform.run(place, watch, "plan", *options), self.retry, self.terraform.processes, watch
        )

    def _read(
        self, stack: Stack, place: Place, outcome: Outcome, *, is_shown: bool
    ) -> tuple[Changes, tuple[Verdict, ...]]:
        if outcome.code != CHANGES:
            return Changes(), ()
        additions = None if is_shown else changes.additions(outcome.events)
        if additions is not None:
            return additions.marked(stack.configuration), ()
        shown = self.terraform.show(place, PLAN_FILE)
        if self.purpose is Purpose.DRIFT:
            return changes.from_drift(shown).marked(stack.configuration), ()
        others = self._objects_beside(stack)
        found = changes.from_plan(shown).marked(stack.configuration)
        return found, judge(shown, others, is_destruction=self.purpose is Purpose.DESTROY)

    def _objects_beside(self, stack: Stack) -> Iterator[Object]:
        """Yield what exists in the other stacks of the environment."""
        for other in self.stacks.stacks.values():
            if other.environment == stack.environment and other.name != stack.name:
                yield from objects_of_state(self.state_of(other))


def _advice(stack: Stack) -> tuple[Diagnostic, ...]:
    """Report what an `init` that failed may need: a state that was elsewhere before has to be moved."""
    if not (stack.place.home / BACKEND_RECORD).is_file():
        return ()
    advice = f"Where the state was kept elsewhere before, './eks state move {stack.environment}' moves it."
    return (Diagnostic("note", advice),)
