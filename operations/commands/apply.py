"""What `deploy` and `destroy` do: plan, guard, ask, apply, and print what is next."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from config.core.errors import UsageError
from operations.commands.work import CHANGES, FAILURE, SUCCESS, at_work, eks_command
from operations.console import answer, print_text
from operations.deploying.deploying import Deployer
from operations.deploying.leftovers import leftovers
from operations.deploying.prerequisites import check_downstream, check_upstream
from operations.interruption import Interrupted, calling
from operations.judging import guard
from operations.planning.stack_plan import Purpose
from operations.reports import display
from operations.runs import environment_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.commands.work import Pace, Work
    from operations.planning.progress import Progress
    from operations.planning.stack_plan import StackPlan
    from operations.reports.report import Report
    from operations.runs.environment_lock import EnvironmentLocks
    from operations.selection.selection import Selection
    from operations.selection.synthesized import Stack


@dataclass(frozen=True)
class Consent:
    """What may be lost, whether anybody is asked, and whether objects that exist already are taken over."""

    allowed: frozenset[str] = frozenset()
    auto_approve: bool = False
    adopt_existing: bool = False


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
    with at_work(command, selection, purpose, pace, progress, is_full=is_full) as work:
        chosen = work.choose(selection, pace.login)
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
            return SUCCESS
        return work.finish(code)
    if not is_destroy and not work.pass_policies(previews, pace):
        print_text("Nothing was applied.")
        return work.finish(FAILURE)
    locks.say(environment_lock.CONFIRMING)
    allowed = _consented(previews, chosen, consent, is_destroy=is_destroy)
    if allowed is None:
        print_text("Nothing was applied.")
        return SUCCESS
    locks.say(environment_lock.APPLYING)
    if not work.run_hooks("before"):
        print_text("Nothing was applied.")
        return work.finish(FAILURE)
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
    return work.finish(report.exit_code)


def _consented(
    previews: Sequence[StackPlan], chosen: Sequence[Stack], consent: Consent, *, is_destroy: bool
) -> guard.Allowed | None:
    """Show what the guard found, or ask at the terminal; None where nothing is wanted.

    Raises:
        UsageError: The guard stops the command.
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


def _say_what_is_next(
    applied: Sequence[StackPlan], chosen: Sequence[Stack], report: Report, *, is_destroy: bool
) -> None:
    """Print the outputs of what was applied, or what remains, and the next command."""
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
        check, look = eks_command("check", "cluster", environment), eks_command("open", "grafana", environment)
        print_text(f"Next: {check}; {look}")


def _state_of_things(applied: Sequence[StackPlan]) -> str:
    """Report which stacks are done and which are not, and what to run next."""
    by_status: dict[str, list[str]] = {}
    for plan in applied:
        by_status.setdefault(plan.status, []).append(plan.stack)
    parts = [f"{status}: {', '.join(stacks)}" for status, stacks in by_status.items()]
    return f"Stopped. {'; '.join(parts)}. What was made is in the state. To continue: {_this_command()}"


def _this_command() -> str:
    return eks_command(*sys.argv[1:])


def _environments(chosen: Sequence[Stack]) -> set[str]:
    return {stack.environment for stack in chosen}
