"""What each command that plans or applies does, step by step."""

from __future__ import annotations

import os
import shlex
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from config.paths import ROOT, STATES
from operations.console import console, print_text
from operations.errors import UsageError
from operations.interruption import Interrupted, calling
from operations.planning import display, guard
from operations.planning.deploying import Deployer, check_downstream, check_upstream
from operations.planning.leftovers import leftovers, states_without_a_stack
from operations.planning.planning import Planner, Purpose
from operations.planning.report import Report
from operations.runs import environment_lock
from operations.runs.folders import OUTPUT, run_folder
from operations.terraform.binary import terraform_binary
from operations.terraform.retry import Retry
from operations.terraform.runner import Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operations.planning.planning import StackPlan
    from operations.planning.progress import Progress
    from operations.planning.selection import Selection
    from operations.planning.synthesized import Stack
    from operations.runs.environment_lock import EnvironmentLocks

REPORTS = OUTPUT / "reports"
PLUGIN_CACHE = ROOT / ".tools" / "terraform-plugins"
SUCCESS, FAILURE, CHANGES = 0, 1, 2


@dataclass(frozen=True)
class Pace:
    """How the work is done: how much at once, what is tried again, and whether the first failure ends it."""

    at_once: int = 2
    retry: Retry = field(default_factory=Retry)
    fail_fast: bool = False
    log_level: str | None = None


@dataclass(frozen=True)
class Consent:
    """What may be lost, whether anybody is asked, and whether objects that exist already are taken over."""

    allowed: frozenset[str] = frozenset()
    auto_approve: bool = False
    adopt_existing: bool = False


@dataclass
class Stopping:
    """Ends terraform in order when the command is told to end; at once when it is told again."""

    planner: Planner
    signal: int | None = None

    def __call__(self, number: int) -> None:
        """Take a signal."""
        processes = self.planner.terraform.processes
        self.signal = number
        if processes.stopping:
            self._say("Killing terraform. What it was making may be missing in the state.")
        elif processes.applying:
            self._say(
                "Stopping: Terraform finishes what it is making and writes the state; please wait. "
                "Ctrl-C again kills it, and may lose track of what is being made."
            )
        else:
            self._say("Stopping.")
        processes.stop()

    def _say(self, text: str) -> None:
        try:
            self.planner.progress.say(text)
        except OSError:
            # The terminal is gone; terraform is stopped all the same.
            return


@dataclass(frozen=True)
class Work:
    """One command at work: its planner, when it began, and what ends it."""

    command: str
    planner: Planner
    started: float
    stopping: Stopping
    is_full: bool = False

    @property
    def progress(self) -> Progress:
        """Where it says what it is at."""
        return self.planner.progress

    def plan(self, chosen: Sequence[Stack], pace: Pace) -> tuple[StackPlan, ...]:
        """Plan the stacks. Raises Interrupted, after the report, where it was stopped."""
        with self.progress, calling(self.stopping):
            plans = self.planner.plan_all(chosen, at_once=pace.at_once, fail_fast=pace.fail_fast)
        if self.stopping.signal is not None:
            raise Interrupted(self.stopping.signal)
        return plans

    def report(self, plans: Sequence[StackPlan], *, with_changes: bool = True) -> Report:
        """Write the report, and print the table, the changes and every error."""
        seconds = time.monotonic() - self.started
        report = Report(self.command, tuple(plans), self.planner.terraform.processes.seconds, seconds)
        report.write(REPORTS, self._drawing(plans))
        if not plans:
            print_text("No stack to work on.")
            return report
        console.print(report.table())
        if report.legend():
            print_text(report.legend())
        for plan in plans if with_changes else ():
            for line in display.shown(plan, is_full=self.is_full):
                console.print(line, soft_wrap=True, highlight=False)
        for stacks, problem in report.problems():
            print_text(f"{stacks}: {problem}", style="red" if problem.severity == "error" else "")
        for advice in report.cures():
            print_text(advice, style="yellow")
        print_text(f"{report.timing()}; details: {(REPORTS / 'index.html').relative_to(ROOT)}", style="dim")
        return report

    def _drawing(self, plans: Sequence[StackPlan]) -> str:
        """Draw the stacks of the environments that the plans are of."""
        from operations.drawing.drawing import draw  # noqa: PLC0415 - by now nobody waits for it
        from operations.drawing.graph import stacks_graph  # noqa: PLC0415

        stacks = self.planner.stacks
        environments = sorted({stacks.stacks[plan.stack].environment for plan in plans})
        return "".join(draw(stacks_graph(stacks, environment)) for environment in environments)


def plan(
    selection: Selection,
    pace: Pace,
    progress: Progress,
    *,
    purpose: Purpose = Purpose.SHOW,
    command: str = "plan",
    is_full: bool = False,
) -> int:
    """Plan the selected stacks; return 0 where nothing would change, 2 where something would, 1 after a failure."""
    with _at_work(command, purpose, pace, progress, is_full=is_full) as work:
        chosen = selection.of(work.planner.stacks)
        environment_lock.wait_while_applying(_environments(chosen), work.progress.say)
        plans = work.plan(chosen, pace)
        code = work.report(plans).exit_code
        for line in states_without_a_stack(STATES, work.planner.stacks.stacks):
            print_text(line, style="yellow")
        if code == CHANGES and purpose is Purpose.SHOW:
            print_text(f"To apply this: {_eks('deploy', *(stack.name for stack in chosen))}")
        return code


def apply(
    selection: Selection,
    consent: Consent,
    pace: Pace,
    progress: Progress,
    *,
    is_destroy: bool = False,
    is_full: bool = False,
) -> int:
    """Plan, guard, ask and apply, or destroy; return the exit code."""
    command, purpose = ("destroy", Purpose.DESTROY) if is_destroy else ("deploy", Purpose.APPLY)
    with _at_work(command, purpose, pace, progress, is_full=is_full) as work:
        chosen = selection.of(work.planner.stacks)
        if not consent.auto_approve and not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(f"there is no terminal to confirm at: with --auto-approve '{command}' asks nothing")
        with environment_lock.holding(_environments(chosen), work.progress.say) as locks:
            return _apply(work, chosen, consent, pace, locks)


def _apply(work: Work, chosen: Sequence[Stack], consent: Consent, pace: Pace, locks: EnvironmentLocks) -> int:
    is_destroy = work.planner.purpose is Purpose.DESTROY
    if is_destroy:
        check_downstream(chosen, work.planner)
    previews = work.plan(chosen, pace)
    check_upstream(previews, chosen)
    code = work.report(previews).exit_code
    if code != CHANGES:
        if code == SUCCESS:
            print_text("Nothing to destroy." if is_destroy else "Nothing to change.")
        return code
    locks.say(environment_lock.CONFIRMING)
    allowed = _consented(previews, chosen, consent, is_destroy=is_destroy)
    if allowed is None:
        print_text("Nothing was applied.")
        return SUCCESS
    locks.say(environment_lock.APPLYING)
    by_name = {plan.stack: plan for plan in previews}
    deployer = Deployer(
        work.planner, by_name, allowed, not consent.auto_approve, pace.fail_fast, consent.adopt_existing
    )
    with work.progress, calling(work.stopping):
        applied = deployer.deploy_all(chosen, at_once=pace.at_once)
    report = work.report(applied, with_changes=False)
    _say_what_is_next(applied, chosen, report, is_destroy=is_destroy)
    if work.stopping.signal is not None and report.exit_code != SUCCESS:
        raise Interrupted(work.stopping.signal, _state_of_things(applied))
    return report.exit_code


def _consented(
    previews: Sequence[StackPlan], chosen: Sequence[Stack], consent: Consent, *, is_destroy: bool
) -> guard.Allowed | None:
    """Show what the guard found, or ask whoever is at the terminal; None where nothing is wanted.

    Raises a UsageError where the guard stops the command.
    """
    stacks = {stack.name: stack for stack in chosen}
    allowed = guard.Allowed(consent.allowed, is_destroy)
    found = [
        (stacks[plan.stack], verdict)
        for plan in previews
        for verdict in guard.stopped(stacks[plan.stack], plan.verdicts, allowed)
    ]
    environments = _environments(chosen)
    if found and is_destroy and not consent.auto_approve and len(environments) == 1:
        (name,) = environments
        print_text(guard.explain(found), style="red")
        if (
            answer(
                f"To destroy all of this, type the name of the environment ({name}); anything else changes nothing: "
            )
            != name
        ):
            return None
        return replace(allowed, names=allowed.names | {name})
    if found:
        raise UsageError(f"{guard.explain(found)}\nNothing was applied.")
    verb = "Destroy" if is_destroy else "Apply"
    if consent.auto_approve or answer(f"{verb} this? 'yes' or 'y' goes ahead, anything else changes nothing: ") in (
        "yes",
        "y",
    ):
        return allowed
    return None


def answer(question: str) -> str:
    """Ask at the terminal; an end of the input is no answer."""
    console.print(question, end="", markup=False, highlight=False, soft_wrap=True)
    try:
        return input().strip().lower()
    except EOFError:
        console.print()
        return ""


def _say_what_is_next(
    applied: Sequence[StackPlan], chosen: Sequence[Stack], report: Report, *, is_destroy: bool
) -> None:
    """Print the outputs of what was applied, or what stays behind, and the next command."""
    done = [plan for plan in applied if plan.status == "applied"]
    if is_destroy:
        for line in leftovers(change for plan in done for change in plan.changes.resources):
            print_text(f"Left behind: {line}")
        return
    for plan in done:
        for name, value in sorted(plan.outputs.items()):
            print_text(f"{plan.stack}.{name} = {display.short(value) if value is not None else '(sensitive)'}")
    if report.exit_code != SUCCESS:
        print_text(f"To continue: {_this_command()}")
        return
    monitored = {stack.environment for stack in chosen if stack.kind == "kube-prom-stack"}
    for environment in sorted(monitored):
        print_text(f"Next: {_eks('check', 'cluster', environment)}; {_eks('open', 'grafana', environment)}")


def _state_of_things(applied: Sequence[StackPlan]) -> str:
    """Say which stacks are done and which are not, and what to run next."""
    by_status: dict[str, list[str]] = {}
    for plan in applied:
        by_status.setdefault(plan.status, []).append(plan.stack)
    parts = [f"{status}: {', '.join(stacks)}" for status, stacks in by_status.items()]
    return f"Stopped. {'; '.join(parts)}. What was made is in the state. To continue: {_this_command()}"


def _this_command() -> str:
    return _eks(*sys.argv[1:])


def _eks(*arguments: str) -> str:
    return shlex.join(["./eks", *arguments])


def _environments(chosen: Sequence[Stack]) -> set[str]:
    return {stack.environment for stack in chosen}


@contextmanager
def _at_work(command: str, purpose: Purpose, pace: Pace, progress: Progress, *, is_full: bool) -> Iterator[Work]:
    """Synthesize into a folder of the command's own, and say what it is at from the beginning."""
    started = time.monotonic()
    with ExitStack() as run:
        terraform = new_terraform(pace.log_level)
        stacks = run.enter_context(run_folder())
        progress.end()
        planner = Planner(terraform, stacks, progress, pace.retry, purpose)
        yield Work(command, planner, started, Stopping(planner), is_full)


def new_terraform(log_level: str | None = None) -> Terraform:
    """Find terraform and check its version."""
    environment = dict(os.environ)
    started = time.monotonic()
    binary = terraform_binary(environment)
    if log_level is not None:
        environment["TF_LOG"] = log_level.upper()
    terraform = Terraform.create(binary, environment, cache_folder=PLUGIN_CACHE)
    terraform.processes.seconds["version"] = [time.monotonic() - started]
    return terraform
