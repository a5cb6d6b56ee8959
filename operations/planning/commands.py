"""What each command does, step by step."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.prompt import Confirm

from config.paths import ENVIRONMENTS, ROOT
from operations.cdktf import UsageError, terraform_binary, version_of
from operations.drawing.graph import drawings, with_flowchart
from operations.planning import guard, since
from operations.planning.deploying import Deployer, check_upstream
from operations.planning.planning import Planner
from operations.planning.progress import Progress
from operations.planning.report import Report
from operations.planning.synthesized import Synthesized
from operations.terraform import state_locks as locks
from operations.terraform.terraform import Processes, Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from operations.hcp.cloud_settings import CloudSettings
    from operations.planning.planning import StackPlan
    from operations.planning.synthesized import Stack
    from operations.terraform.retry import Retry

README = "README.md"
OUTPUT = ROOT / "cdktf.out"
REPORTS = OUTPUT / "reports"
COPIES = OUTPUT / "stand-ins"
PLUGIN_CACHE = ROOT / ".tools" / "terraform-plugins"

console = Console()


@dataclass(frozen=True)
class Selection:
    """Which stacks a command is about: those that fit all that is given."""

    environment: str | None
    patterns: tuple[str, ...] = ()
    since: str | None = None
    remote_state_only: bool = False

    def of(self, stacks: Synthesized) -> tuple[Stack, ...]:
        """Choose the stacks, in dependency order. Raises a UsageError where nothing was said or nothing fits."""
        if not (self.environment or self.patterns or self.since):
            raise UsageError("say which stacks: ENV=dev, STACKS='dev-*', or SINCE=origin/main")
        chosen = stacks.select(environment=self.environment, patterns=self.patterns)
        if self.remote_state_only:
            chosen = tuple(stack for stack in chosen if stack.backend[0] != "local")
        if self.since is None:
            return chosen
        changed = since.changed_stacks(ROOT, self.since, stacks)
        return tuple(stack for stack in chosen if stack.name in changed)


@dataclass(frozen=True)
class Consent:
    """What may be lost, and whether anybody is asked."""

    allowed: frozenset[str]
    auto_approve: bool


@dataclass(frozen=True)
class Work:
    """One command at work: its planner and when it began."""

    command: str
    planner: Planner
    started: float

    def report(self, plans: Sequence[StackPlan]) -> Report:
        """Write the report, and print the table and every error."""
        seconds = time.monotonic() - self.started
        report = Report(self.command, tuple(plans), self.planner.terraform.processes.seconds, seconds)
        report.write(REPORTS)
        console.print(report.table())
        if report.legend():
            _print(report.legend())
        for stack, problem in report.problems():
            _print(f"{stack}: {problem}", style="red" if problem.severity == "error" else "")
        _print(f"{report.timing()}; details in {REPORTS.relative_to(ROOT)}/")
        return report


def plan(selection: Selection, *, at_once: int, retry: Retry, refresh_only: bool = False) -> int:
    """Plan the selected stacks; return the exit code."""
    started = time.monotonic()
    stacks = synthesize()
    chosen = selection.of(stacks)
    with _at_work("drift" if refresh_only else "plan", stacks, retry, started) as work:
        work.planner.refresh_only = refresh_only
        plans = work.planner.plan_all(chosen, at_once=at_once)
    return work.report(plans).exit_code


def deploy(selection: Selection, consent: Consent, *, at_once: int, retry: Retry) -> int:
    """Plan, guard, ask and apply; return the exit code."""
    if not consent.auto_approve and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("there is no terminal to confirm at: AUTO_APPROVE=1 lets 'make deploy' go ahead")
    started = time.monotonic()
    stacks = synthesize()
    chosen = selection.of(stacks)
    with _at_work("deploy", stacks, retry, started) as work:
        previews = work.planner.plan_all(chosen, at_once=at_once)
    check_upstream(previews, chosen)
    code = work.report(previews).exit_code
    if code != 2 or not _is_wanted(previews, consent):
        return min(code, 1)
    deployer = Deployer(
        work.planner, {plan.stack: plan for plan in previews}, consent.allowed, not consent.auto_approve
    )
    with work.planner.progress, _stopping_in_order(work.planner.terraform.processes):
        applied = deployer.deploy_all(chosen, at_once=at_once)
    return work.report(applied).exit_code


def unlock(name: str, *, auto_approve: bool) -> None:
    """Say who holds the lock of a stack, ask, and release it."""
    stacks = synthesize()
    (stack,) = stacks.select(patterns=(name,))
    try:
        lock = locks.held(stack)
    except locks.LockError as problem:
        raise UsageError(f"{name}: {problem}") from problem
    if lock is None:
        _print(f"{name} is not locked")
        return
    _print(f"{name} is locked: {lock}")
    if not auto_approve and not Confirm.ask("Release it? Whoever works with this state now would lose what they do"):
        return
    locks.release(stack, lock, _terraform())
    _print(f"{name}: released")


def set_up_cloud(environment: str, settings: CloudSettings) -> None:
    """Bring the workspaces of an environment in line, and print what was changed."""
    # The client takes half a second to load, which no other command has to wait for.
    from pytfe.errors import TFEError  # noqa: PLC0415

    from operations.hcp import cloud_setup, hcp  # noqa: PLC0415

    chosen = synthesize().select(environment=environment)
    cloud = cloud_setup.check(chosen, settings)
    client = hcp.client(cloud["hostname"])
    setup = cloud_setup.CloudSetup(client, cloud["organization"], cloud["workspaces"].get("project"), settings)
    is_changed = False
    try:
        for change in setup.run(chosen):
            is_changed = True
            _print(change)
    except TFEError as problem:
        raise UsageError(f"{cloud['hostname']}: {problem}") from problem
    if not is_changed:
        _print("every workspace is as it should be, nothing changed")


def terraform_version() -> str:
    """Ask the terraform on the path for its version."""
    environment = dict(os.environ)
    return version_of(terraform_binary(environment), environment)


def draw(environment: str, stack: str) -> None:
    """Draw the stacks of an environment, and the resources of one stack, into docs/; the README gets its flowchart."""
    stacks = synthesize()
    readme = (ROOT / README).read_text(encoding="utf-8")
    for path, text in {**drawings(stacks, environment, stack), README: with_flowchart(readme, stacks)}.items():
        (ROOT / path).write_text(text, encoding="utf-8")
        _print(f"wrote {path}")


def synthesize() -> Synthesized:
    """Write the Terraform JSON of every stack, in this process: what it loads, the outputs contract needs as well."""
    from main import main  # noqa: PLC0415 - loads the configuration

    os.chdir(ROOT)
    main()
    return Synthesized.load(OUTPUT, (path.stem for path in ENVIRONMENTS.glob("*.yaml")))


def _is_wanted(previews: Sequence[StackPlan], consent: Consent) -> bool:
    """Show what the guard found, or ask whoever is at the terminal."""
    found = [danger for plan in previews for danger in guard.dangers(plan.stack, plan.changes, consent.allowed)]
    if found:
        _print(guard.explain(found), style="red")
        raise UsageError("nothing was applied")
    return consent.auto_approve or Confirm.ask("Apply this?", default=False)


def _terraform() -> Terraform:
    environment = dict(os.environ)
    started = time.monotonic()
    binary = terraform_binary(environment)
    terraform = Terraform.create(binary, environment, cache_folder=PLUGIN_CACHE)
    terraform.processes.seconds["version"] = [time.monotonic() - started]
    return terraform


@contextmanager
def _at_work(command: str, stacks: Synthesized, retry: Retry, started: float) -> Iterator[Work]:
    """Show progress, and end terraform in order when the command is told to stop."""
    planner = Planner(_terraform(), stacks, COPIES, Progress(console), retry)
    with planner.progress, _stopping_in_order(planner.terraform.processes):
        yield Work(command, planner, started)


@contextmanager
def _stopping_in_order(processes: Processes) -> Iterator[None]:
    """Pass Ctrl-C and the signals that end programs on to terraform, and wait for it."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        _print("Stopping: what is being made is finished, and the state written. Please wait.")
        processes.stop()

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(text: str, style: str = "") -> None:
    """Print text as it is: an address may have what rich would read as markup."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
