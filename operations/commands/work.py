"""A running command: its options, its planner, its report, and what ends it."""

from __future__ import annotations

import os
import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from config.paths import ROOT
from operations.aws_login import Login
from operations.commands.hooks import EnvironmentHooks
from operations.console import console, print_text
from operations.interruption import Interrupted, calling
from operations.planning.planning import Planner
from operations.planning.stack_plan import Purpose
from operations.remaining.remaining import look
from operations.reports import display
from operations.reports.report import Report
from operations.reports.report_files import write_report
from operations.runs.folders import OUTPUT, Run, run_folder
from operations.terraform.binary import terraform_binary
from operations.terraform.retry import Retry
from operations.terraform.runner import Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operations.commands.hooks import When
    from operations.planning.progress import Progress
    from operations.planning.stack_plan import StackPlan
    from operations.selection.selection import Selection
    from operations.selection.synthesized import Stack

REPORTS = OUTPUT / "reports"
PLUGIN_CACHE = ROOT / ".tools" / "terraform-plugins"
SUCCESS, FAILURE, CHANGES = 0, 1, 2


@dataclass(frozen=True)
class Pace:
    """How the work is done: how much at once, what is retried, and whether the first failure ends it."""

    at_once: int = 2
    retry: Retry = field(default_factory=Retry)
    fail_fast: bool = False
    log_level: str | None = None
    login: Login = field(default_factory=Login)
    is_policy_wanted: bool = False


@dataclass
class Stopping:
    """Ends terraform in order when the command is asked to end; at once when it is asked again."""

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
            # The terminal was closed; terraform is stopped anyway.
            return


@dataclass
class Work:
    """One running command: its planner, when it began, and what ends it."""

    command: str
    planner: Planner
    run: Run
    started: float
    stopping: Stopping
    is_full: bool = False
    hooks: list[EnvironmentHooks] = field(default_factory=list)

    @property
    def progress(self) -> Progress:
        """Where it shows its progress."""
        return self.planner.progress

    def choose(self, selection: Selection, login: Login) -> tuple[Stack, ...]:
        """Choose the stacks; from now on use the AWS identity of their environments, or of the command line."""
        chosen = selection.of(self.planner.stacks)
        terraform = self.planner.terraform
        for environment in sorted({stack.environment for stack in chosen}):
            settings = self.run.commands[environment]
            variables = login.variables(settings, terraform.environment, self.run.folder / f"login-{environment}")
            terraform.log_in(environment, variables)
            self.hooks.append(EnvironmentHooks(environment, settings.hooks, variables, self.run.folder / "hooks.log"))
        return chosen

    def run_hooks(self, when: When) -> bool:
        """Run the hooks of the environments around this command; return whether it may continue."""
        return all(hooks.run(self.command, when, self.progress.say) for hooks in self.hooks)

    def finish(self, code: int) -> int:
        """Run the hooks after a success or a failure; return the exit code of the command."""
        if code != FAILURE and self.run_hooks("after"):
            return code
        self.run_hooks("on_error")
        return FAILURE

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
        hooked = "deploy" if self.planner.purpose is Purpose.SHOW else self.command
        hooks = tuple(line for environment in self.hooks for line in environment.described(hooked))
        report = Report(self.command, tuple(plans), self.planner.terraform.processes.seconds, seconds, hooks)
        write_report(report, REPORTS, self._drawing(plans))
        if not plans:
            print_text("No stack to work on.")
            return report
        console.print(report.table())
        if report.legend():
            print_text(report.legend())
        for line in hooks if with_changes else ():
            print_text(f"Hook {line}")
        for plan in plans if with_changes else ():
            for shown in display.shown(plan, is_full=self.is_full):
                console.print(shown, soft_wrap=True, highlight=False)
        for stacks, problem in report.problems():
            print_text(f"{stacks}: {problem}", style="red" if problem.severity == "error" else "")
        for advice in report.cures():
            print_text(advice, style="yellow")
        print_text(f"{report.timing()}; details: {(REPORTS / 'index.html').relative_to(ROOT)}", style="dim")
        return report

    def pass_policies(self, plans: Sequence[StackPlan], pace: Pace) -> bool:
        """Check the plans of environments that want it, or of all where the caller does; return whether they pass."""
        checked: dict[str, list[StackPlan]] = {}
        for plan in plans:
            environment = self.planner.stacks.stacks[plan.stack].environment
            if pace.is_policy_wanted or self.command in self.run.commands[environment].policy_checks:
                checked.setdefault(environment, []).append(plan)
        if not checked:
            return True
        from operations.policies.check_policy import check_plans  # noqa: PLC0415 - only where it is wanted

        return check_plans(checked, self.planner)

    def _drawing(self, plans: Sequence[StackPlan]) -> str:
        """Draw the stacks of the environments that the plans are of."""
        from operations.drawing.drawing import draw  # noqa: PLC0415 - by now nobody waits for it
        from operations.drawing.graph import stacks_graph  # noqa: PLC0415 - only where a report has a drawing

        stacks = self.planner.stacks
        environments = sorted({stacks.stacks[plan.stack].environment for plan in plans})
        return "".join(draw(stacks_graph(stacks, environment)) for environment in environments)


@contextmanager
def at_work(
    command: str, selection: Selection, purpose: Purpose, pace: Pace, progress: Progress, *, is_full: bool
) -> Iterator[Work]:
    """Synthesize into a folder of the command's own, and show the progress from the beginning.

    A stack that is switched off and has resources in a remote state is part of the synthesis.
    """
    started = time.monotonic()
    terraform = new_terraform(pace.log_level)
    with run_folder() as first:
        remaining = look(first, selection.environments(first.stacks), pace.login)
        run = Run.in_folder(first.folder) if remaining.is_news else first
        progress.end()
        for problem in remaining.problems:
            print_text(problem, style="yellow")
        planner = Planner(terraform, run.stacks, progress, pace.retry, purpose)
        yield Work(command, planner, run, started, Stopping(planner), is_full)


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


def eks_command(*arguments: str) -> str:
    """Write a command of this project as it is typed."""
    return shlex.join(["./eks", *arguments])
