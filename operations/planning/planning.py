"""Plans stacks: each one's upstream first, independent ones at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from config.paths import ROOT
from operations.planning import changes, stand_ins
from operations.planning.changes import Changes
from operations.terraform import state_locks as locks
from operations.terraform.events import Diagnostic
from operations.terraform.retry import Retry, until_lasting
from operations.terraform.terraform import BACKEND_RECORD, CHANGES, FAILED, LOCK_TIMEOUT, NO_CHANGES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from operations.planning.progress import Progress
    from operations.planning.stand_ins import Upstream, Values
    from operations.planning.synthesized import Stack, Synthesized
    from operations.terraform.terraform import Outcome, Terraform

PLAN_FILE = "plan.tfplan"

Status = Literal["changes", "no changes", "failed", "not deployed", "applied", "skipped"]


@dataclass(frozen=True)
class Prepared:
    """A folder that is ready to be planned, or what stood in the way."""

    folder: Path
    upstreams: tuple[Upstream, ...]
    failure: Outcome | None = None

    @property
    def stand_ins(self) -> dict[str, tuple[str, ...]]:
        """The outputs that examples stand in for, by producer."""
        return {upstream.producer: tuple(sorted(upstream.examples)) for upstream in self.upstreams if upstream.examples}

    @property
    def reads(self) -> dict[str, frozenset[str]]:
        """The outputs that are read, by producer."""
        return {upstream.producer: upstream.read for upstream in self.upstreams}


@dataclass(frozen=True)
class StackPlan:
    """What was found for one stack."""

    stack: str
    status: Status
    folder: Path
    changes: Changes = field(default_factory=Changes)
    stand_ins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reads: dict[str, frozenset[str]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0


@dataclass
class Planner:
    """Plans stacks of one synthesis; what one stack's planning finds out serves the others."""

    terraform: Terraform
    stacks: Synthesized
    copies: Path
    progress: Progress
    retry: Retry = field(default_factory=Retry)
    refresh_only: bool = False
    _prepared: dict[str, Prepared] = field(default_factory=dict)
    _outputs: dict[str, Values] = field(default_factory=dict)
    _guards: dict[str, threading.RLock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._guards = {name: threading.RLock() for name in self.stacks.stacks}

    def plan_all(self, chosen: Sequence[Stack], *, at_once: int) -> tuple[StackPlan, ...]:
        """Plan the stacks, in dependency order, some at once."""
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            return tuple(pool.map(self.plan, chosen))

    def plan(self, stack: Stack) -> StackPlan:
        """Plan one stack, on examples where its upstream is not there yet."""
        watch = self.progress.start(stack.name)
        prepared = self.prepare(stack)
        plan = self.plan_prepared(stack, prepared, watch)
        self.progress.finish(stack.name, plan.status)
        return plan

    def plan_prepared(self, stack: Stack, prepared: Prepared, watch: Callable[[str], None]) -> StackPlan:
        """Plan one stack in the folder that was prepared for it."""
        if prepared.failure:
            diagnostics = (*prepared.failure.diagnostics, *_advice(prepared.folder))
            return StackPlan(stack.name, "failed", prepared.folder, diagnostics=diagnostics)
        if self.refresh_only and prepared.stand_ins:
            return StackPlan(stack.name, "not deployed", prepared.folder)
        outcome = self._run_plan(prepared.folder, watch)
        found = self._read(prepared.folder) if outcome.code == CHANGES else Changes()
        return StackPlan(
            stack=stack.name,
            status=self._status(outcome, found),
            folder=prepared.folder,
            changes=found,
            stand_ins=prepared.stand_ins,
            reads=prepared.reads,
            diagnostics=locks.explained(stack, outcome.diagnostics),
            seconds=outcome.seconds,
        )

    def _status(self, outcome: Outcome, found: Changes) -> Status:
        """Read the exit code; that of a refresh-only plan is 2 also where nothing differs, as after a first apply."""
        if outcome.code in (NO_CHANGES, CHANGES):
            is_changed = outcome.code == CHANGES and (not self.refresh_only or bool(found.resources or found.outputs))
            return "changes" if is_changed else "no changes"
        return "failed"

    def prepare(self, stack: Stack) -> Prepared:
        """Initialize the folder to plan in: the stack's own, or a copy with examples in place of missing outputs."""
        with self._guards[stack.name]:
            if stack.name not in self._prepared:
                self._prepared[stack.name] = self._prepare(stack)
            return self._prepared[stack.name]

    def forget(self, stack: Stack) -> None:
        """Look at a stack's outputs and its readers again, after it was applied."""
        for name in self.stacks.with_consumers([stack.name]):
            self._prepared.pop(name, None)
        self._outputs.pop(stack.name, None)

    def _prepare(self, stack: Stack) -> Prepared:
        outputs = {name: self._outputs_of(self.stacks.stacks[name]) for name in stack.dependencies}
        found = stand_ins.upstreams(stack, self.stacks, outputs)
        folder = stack.folder
        needs_copy = any(upstream.examples for upstream in found)
        if needs_copy:
            folder = self.copies / stack.name
            stand_ins.write_copy(stack, found, folder)
        failure = self._initialize(folder, self.progress.watcher(stack.name), disposable=needs_copy)
        return Prepared(folder, found, failure)

    def _initialize(self, folder: Path, watch: Callable[[str], None], *, disposable: bool) -> Outcome | None:
        """Run `init` if need be; return how it ended where it failed."""
        if self.terraform.is_initialized(folder):
            return None
        watch("init")
        outcome = until_lasting(
            lambda: self.terraform.initialize(folder, watch, disposable=disposable),
            self.retry,
            self.terraform.processes,
            watch,
        )
        return outcome if outcome.code == FAILED else None

    def _outputs_of(self, stack: Stack) -> Values:
        """Read a stack's outputs; none where it was not applied, or cannot be initialized (its own plan says why)."""
        with self._guards[stack.name]:
            if stack.name not in self._outputs:
                prepared = self.prepare(stack)
                self._outputs[stack.name] = {} if prepared.failure else self.terraform.outputs(prepared.folder)
            return self._outputs[stack.name]

    def _run_plan(self, folder: Path, watch: Callable[[str], None]) -> Outcome:
        watch("plan")
        options = ["-input=false", "-json", "-detailed-exitcode", f"-out={PLAN_FILE}", LOCK_TIMEOUT]
        if self.refresh_only:
            options.append("-refresh-only")
        return until_lasting(
            lambda: self.terraform.run(folder, watch, "plan", *options), self.retry, self.terraform.processes, watch
        )

    def _read(self, folder: Path) -> Changes:
        shown: dict[str, Any] = self.terraform.show(folder, PLAN_FILE)
        return changes.from_drift(shown) if self.refresh_only else changes.from_plan(shown)


def _advice(folder: Path) -> tuple[Diagnostic, ...]:
    """Say what an `init` that failed may need: a person's word on a state that was elsewhere before."""
    if not (folder / BACKEND_RECORD).is_file():
        return ()
    command = f"terraform -chdir={folder.relative_to(ROOT)} init"
    return (Diagnostic("note", f"Where the state was kept elsewhere before, '{command}' asks whether to move it."),)
