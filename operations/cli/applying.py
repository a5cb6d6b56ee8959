"""Commands that plan, apply and destroy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from operations.cli import options
from operations.cli.options import (
    CORES,
    RETRIES,
    RETRY_WAIT,
    AdoptExisting,
    AllowDestroy,
    AssumeRole,
    AtOnce,
    AutoApprove,
    DetailedExitCode,
    Environment,
    FailFast,
    Full,
    Infracost,
    Patterns,
    Policy,
    Profile,
    RemoteStateOnly,
    Retries,
    RetryOn,
    RetryWait,
    Since,
    Stack,
    TerraformLog,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operations.planning.progress import Progress

CHANGES = 2


def plan(
    stacks: Patterns = None,
    env: Environment = None,
    since: Since = None,
    remote_state_only: RemoteStateOnly = False,
    at_once: AtOnce = CORES,
    retries: Retries = RETRIES,
    retry_wait: RetryWait = RETRY_WAIT,
    retry_on: RetryOn = None,
    log_level: TerraformLog = None,
    profile: Profile = None,
    assume_role: AssumeRole = None,
    fail_fast: FailFast = False,
    full: Full = False,
    detailed_exitcode: DetailedExitCode = False,
    policy: Policy = False,
    infracost: Infracost = None,
) -> None:
    """Show what a deploy would change, in all stacks at once, even before anything exists.

    Ends with 0, and with 1 where a plan failed; with --detailed-exitcode with 2 where something would change. Details
    by stack, a report for a pull request, a page for a browser and JSON are written to cdktf.out/reports/.
    """
    with _progress() as progress:
        from operations.commands import plan as planning
        from operations.selection.selection import Selection

        selection = Selection(env, tuple(stacks or ()), since, remote_state_only)
        login = (profile, assume_role)
        pace = options.pace(
            at_once, retries, retry_wait, retry_on, log_level, login, fail_fast=fail_fast, is_policy_wanted=policy
        )
        _take_costs(infracost)
        _end(planning.plan(selection, pace, progress, is_full=full), is_detailed=detailed_exitcode)


def diff(
    stack: Stack,
    retries: Retries = RETRIES,
    retry_wait: RetryWait = RETRY_WAIT,
    log_level: TerraformLog = None,
    profile: Profile = None,
    assume_role: AssumeRole = None,
    detailed_exitcode: DetailedExitCode = False,
) -> None:
    """Show every attribute that a deploy of one stack would change."""
    with _progress() as progress:
        from operations.commands import plan as planning
        from operations.selection.selection import Selection

        login = (profile, assume_role)
        pace = options.pace(1, retries, retry_wait, None, log_level, login, fail_fast=False)
        code = planning.plan(Selection(patterns=(stack,)), pace, progress, is_full=True)
        _end(code, is_detailed=detailed_exitcode)


def deploy(
    stacks: Patterns = None,
    env: Environment = None,
    at_once: AtOnce = CORES,
    retries: Retries = RETRIES,
    retry_wait: RetryWait = RETRY_WAIT,
    retry_on: RetryOn = None,
    log_level: TerraformLog = None,
    profile: Profile = None,
    assume_role: AssumeRole = None,
    fail_fast: FailFast = False,
    full: Full = False,
    allow_destroy: AllowDestroy = "",
    adopt_existing: AdoptExisting = False,
    auto_approve: AutoApprove = False,
    policy: Policy = False,
    infracost: Infracost = None,
) -> None:
    """Plan the stacks, ask, and apply them in dependency order; a deploy that was interrupted continues where it was.

    Stops where it would destroy or replace a VPC, cluster, node group, bucket, KMS key, workspace, or a release with
    volumes, unless that is named by --allow-destroy.
    """
    with _progress() as progress:
        from operations.commands import apply
        from operations.selection.selection import Selection

        login = (profile, assume_role)
        pace = options.pace(
            at_once, retries, retry_wait, retry_on, log_level, login, fail_fast=fail_fast, is_policy_wanted=policy
        )
        consent = apply.Consent(frozenset(allow_destroy.split()), auto_approve, adopt_existing)
        _take_costs(infracost)
        code = apply.apply(Selection(env, tuple(stacks or ())), consent, pace, progress, is_full=full)
        raise typer.Exit(code)


def destroy(
    stacks: Patterns = None,
    env: Environment = None,
    at_once: AtOnce = CORES,
    retries: Retries = RETRIES,
    retry_wait: RetryWait = RETRY_WAIT,
    retry_on: RetryOn = None,
    log_level: TerraformLog = None,
    profile: Profile = None,
    assume_role: AssumeRole = None,
    fail_fast: FailFast = False,
    full: Full = False,
    allow_destroy: AllowDestroy = "",
    auto_approve: AutoApprove = False,
) -> None:
    """Plan to destroy the stacks, ask, and destroy them, consumers first; list what remains.

    What is guarded goes only where it is named by --allow-destroy, or where you type the environment's name.
    """
    with _progress() as progress:
        from operations.commands import apply
        from operations.selection.selection import Selection

        login = (profile, assume_role)
        pace = options.pace(at_once, retries, retry_wait, retry_on, log_level, login, fail_fast=fail_fast)
        consent = apply.Consent(frozenset(allow_destroy.split()), auto_approve)
        selection = Selection(env, tuple(stacks or ()))
        raise typer.Exit(apply.apply(selection, consent, pace, progress, is_destroy=True, is_full=full))


def drift(
    stacks: Patterns = None,
    env: Environment = None,
    remote_state_only: RemoteStateOnly = False,
    at_once: AtOnce = CORES,
    retries: Retries = RETRIES,
    retry_wait: RetryWait = RETRY_WAIT,
    retry_on: RetryOn = None,
    log_level: TerraformLog = None,
    profile: Profile = None,
    assume_role: AssumeRole = None,
    fail_fast: FailFast = False,
    full: Full = False,
    detailed_exitcode: DetailedExitCode = False,
) -> None:
    """Show what was changed behind Terraform's back: the state against what exists.

    Ends as plan does, and writes the same reports.
    """
    with _progress() as progress:
        from operations.commands import plan as planning
        from operations.planning.stack_plan import Purpose
        from operations.selection.selection import Selection

        selection = Selection(env, tuple(stacks or ()), remote_state_only=remote_state_only)
        login = (profile, assume_role)
        pace = options.pace(at_once, retries, retry_wait, retry_on, log_level, login, fail_fast=fail_fast)
        code = planning.plan(selection, pace, progress, purpose=Purpose.DRIFT, command="drift", is_full=full)
        _end(code, is_detailed=detailed_exitcode)


def _take_costs(file: Path | None) -> None:
    if file is not None:
        from operations.commands.work import REPORTS
        from operations.reports.report_files import take_costs

        take_costs(file, REPORTS)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Say at once that something happens, before what does it is loaded."""
    from operations.console import console
    from operations.planning.progress import Progress

    progress = Progress(console)
    try:
        yield progress.begin("Synthesizing")
    finally:
        progress.end()


def _end(code: int, *, is_detailed: bool) -> None:
    raise typer.Exit(code if is_detailed or code != CHANGES else 0)
