"""Commands about stacks: what they are, what would change, and changing it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli import options
from operations.cli.options import (
    CORES,
    RETRIES,
    RETRY_WAIT,
    AdoptExisting,
    AllowDestroy,
    AsJson,
    AtOnce,
    AutoApprove,
    DetailedExitCode,
    Environment,
    FailFast,
    Full,
    Patterns,
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

    from operations.planning.progress import Progress

CHANGES = 2


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(rich_help_panel="Stacks")(synth)
    app.command("list", rich_help_panel="Stacks")(list_)
    app.command(rich_help_panel="Stacks")(plan)
    app.command(rich_help_panel="Stacks")(diff)
    app.command(rich_help_panel="Stacks")(deploy)
    app.command(rich_help_panel="Stacks")(destroy)
    app.command(rich_help_panel="Stacks")(drift)
    app.command(rich_help_panel="Stacks")(output)
    app.command(rich_help_panel="Stacks")(graph)
    app.command(rich_help_panel="Stacks")(unlock)


def synth() -> None:
    """Write the Terraform JSON of every stack to cdktf.out, or say every problem and write nothing."""
    from operations.commands import reading

    reading.synthesize()


def list_(stacks: Patterns = None, env: Environment = None, as_json: AsJson = False) -> None:
    """List the stacks, each after those that it reads."""
    from operations.commands import reading

    reading.list_stacks(tuple(stacks or ()), env, as_json=as_json)


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
    fail_fast: FailFast = False,
    full: Full = False,
    detailed_exitcode: DetailedExitCode = False,
) -> None:
    """Show what a deploy would change, in all stacks at once, even before anything exists.

    Ends with 0, and with 1 where a plan failed; with --detailed-exitcode with 2 where something would change. Details
    by stack, a report for a pull request, a page for a browser and JSON are written to cdktf.out/reports/.
    """
    with _progress() as progress:
        from operations.commands import plan as planning
        from operations.selection.selection import Selection

        selection = Selection(env, tuple(stacks or ()), since, remote_state_only)
        pace = options.pace(at_once, retries, retry_wait, retry_on, log_level, fail_fast=fail_fast)
        _end(planning.plan(selection, pace, progress, is_full=full), is_detailed=detailed_exitcode)


def diff(
    stack: Stack,
    retries: Retries = RETRIES,
    retry_wait: RetryWait = RETRY_WAIT,
    log_level: TerraformLog = None,
    detailed_exitcode: DetailedExitCode = False,
) -> None:
    """Show every attribute that a deploy of one stack would change."""
    with _progress() as progress:
        from operations.commands import plan as planning
        from operations.selection.selection import Selection

        pace = options.pace(1, retries, retry_wait, None, log_level, fail_fast=False)
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
    fail_fast: FailFast = False,
    full: Full = False,
    allow_destroy: AllowDestroy = "",
    adopt_existing: AdoptExisting = False,
    auto_approve: AutoApprove = False,
) -> None:
    """Plan the stacks, ask, and apply them in dependency order; a deploy that ended half-way goes on where it was.

    Stops where it would destroy or replace a VPC, cluster, node group, bucket, KMS key, workspace, or a release with
    volumes, unless that is named by --allow-destroy.
    """
    with _progress() as progress:
        from operations.commands import apply
        from operations.selection.selection import Selection

        pace = options.pace(at_once, retries, retry_wait, retry_on, log_level, fail_fast=fail_fast)
        consent = apply.Consent(frozenset(allow_destroy.split()), auto_approve, adopt_existing)
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
    fail_fast: FailFast = False,
    full: Full = False,
    allow_destroy: AllowDestroy = "",
    auto_approve: AutoApprove = False,
) -> None:
    """Plan to destroy the stacks, ask, and destroy them, consumers first; say what stays behind.

    What is guarded goes only where it is named by --allow-destroy, or where you type the environment's name.
    """
    with _progress() as progress:
        from operations.commands import apply
        from operations.selection.selection import Selection

        pace = options.pace(at_once, retries, retry_wait, retry_on, log_level, fail_fast=fail_fast)
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
        pace = options.pace(at_once, retries, retry_wait, retry_on, log_level, fail_fast=fail_fast)
        code = planning.plan(selection, pace, progress, purpose=Purpose.DRIFT, command="drift", is_full=full)
        _end(code, is_detailed=detailed_exitcode)


def output(
    stack: Stack,
    name: Annotated[str | None, typer.Argument(help="Only this output, without quotes, for scripts.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the outputs of a stack; sensitive ones only where one is asked for by name, or with --json."""
    from operations.commands import reading

    reading.print_outputs(stack, name, as_json=as_json)


def graph(
    env: Annotated[str, typer.Option("--env", envvar="ENV", help="The environment to draw.")] = "dev",
    stack: Annotated[str | None, typer.Option(envvar="STACK", help="The stack whose resources to draw.")] = None,
) -> None:
    """Draw the stacks with the outputs that flow between them, and the resources of one stack, into docs/."""
    from operations.commands import reading

    reading.draw(env, stack)


def unlock(stack: Stack, auto_approve: AutoApprove = False) -> None:
    """Say who holds the lock of a stack's state, and release it."""
    from operations.commands import reading

    reading.unlock(stack, auto_approve=auto_approve)


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
