"""The command line behind the make targets: `python -m operations --help`."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from config import engine
from operations.cdktf import UsageError
from operations.drawing.graph import ENVIRONMENT, STACK
from operations.hcp.cloud_settings import CloudSettings, Execution, Runs
from operations.planning import commands
from operations.terraform.retry import Retry
from operations.terraform.terraform import TerraformError

Patterns = Annotated[
    list[str] | None, typer.Argument(envvar="STACKS", help="Names of stacks, e.g. dev-cluster or 'dev-*'.")
]
Stack = Annotated[str, typer.Argument(envvar="STACK", help="Name of one stack, e.g. dev-cluster.")]
Environment = Annotated[str | None, typer.Option("--env", envvar="ENV", help="Only the stacks of this environment.")]
Since = Annotated[
    str | None,
    typer.Option(envvar="SINCE", help="Only stacks that differ from this commit's, and those that read their outputs."),
]
AtOnce = Annotated[int, typer.Option(envvar="AT_ONCE", min=1, help="How many stacks to work on at the same time.")]
Retries = Annotated[
    int, typer.Option(envvar="RETRIES", min=0, help="How often to try again what goes away by itself, e.g. throttling.")
]
RetryWait = Annotated[
    float,
    typer.Option(envvar="RETRY_WAIT", min=0, help="Seconds before the first such try; each wait is twice the last."),
]
AutoApprove = Annotated[bool, typer.Option("--auto-approve", envvar="AUTO_APPROVE", help="Ask nothing.")]
RemoteStateOnly = Annotated[
    bool,
    typer.Option(
        "--remote-state-only",
        envvar="REMOTE_STATE_ONLY",
        help="Leave out stacks whose state is a file of a checkout: on another machine, as in CI, it is not there.",
    ),
]
AllowDestroy = Annotated[
    str,
    typer.Option(
        envvar="ALLOW_DESTROY", help="What may be destroyed or replaced although it is guarded: <stack>/<address> …"
    ),
]

CORES = os.cpu_count() or 2

app = typer.Typer(
    help="Plan, deploy and draw the stacks. Each command is a make target too; its options are variables there: "
    "'make plan ENV=dev' is 'python -m operations plan --env dev'.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def plan(
    stacks: Patterns = None,
    env: Environment = None,
    since: Since = None,
    remote_state_only: RemoteStateOnly = False,  # noqa: FBT002 - an option
    at_once: AtOnce = CORES,
    retries: Retries = Retry.times,
    retry_wait: RetryWait = Retry.first_wait_seconds,
) -> None:
    """Show what a deploy would change, in all stacks at once, even before anything exists.

    Ends with 0 where nothing would change, 1 where a plan failed, 2 where something would change. Details by stack,
    a report for a pull request and JSON are written to cdktf.out/reports/.
    """
    selection = commands.Selection(env, tuple(stacks or ()), since, remote_state_only)
    raise typer.Exit(commands.plan(selection, at_once=at_once, retry=Retry(retries, retry_wait)))


@app.command()
def drift(
    stacks: Patterns = None,
    env: Environment = None,
    remote_state_only: RemoteStateOnly = False,  # noqa: FBT002 - an option
    at_once: AtOnce = CORES,
    retries: Retries = Retry.times,
    retry_wait: RetryWait = Retry.first_wait_seconds,
) -> None:
    """Show what was changed behind Terraform's back: the state against what exists.

    Ends as plan does, and writes the same reports.
    """
    selection = commands.Selection(env, tuple(stacks or ()), remote_state_only=remote_state_only)
    raise typer.Exit(commands.plan(selection, at_once=at_once, retry=Retry(retries, retry_wait), refresh_only=True))


@app.command()
def deploy(
    stacks: Patterns = None,
    env: Environment = None,
    at_once: AtOnce = CORES,
    retries: Retries = Retry.times,
    retry_wait: RetryWait = Retry.first_wait_seconds,
    allow_destroy: AllowDestroy = "",
    auto_approve: AutoApprove = False,  # noqa: FBT002 - an option
) -> None:
    """Plan the stacks, ask, and apply them in dependency order; a deploy that ended half-way goes on where it was.

    Stops where it would destroy or replace a VPC, cluster, node group, bucket, KMS key, workspace, or a release with
    volumes, unless that is named by --allow-destroy.
    """
    consent = commands.Consent(frozenset(allow_destroy.split()), auto_approve)
    selection = commands.Selection(env, tuple(stacks or ()))
    raise typer.Exit(commands.deploy(selection, consent, at_once=at_once, retry=Retry(retries, retry_wait)))


@app.command()
def unlock(stack: Stack, auto_approve: AutoApprove = False) -> None:  # noqa: FBT002 - an option
    """Say who holds the lock of a stack's state, and release it."""
    commands.unlock(stack, auto_approve=auto_approve)


@app.command()
def graph(
    env: Annotated[str, typer.Option("--env", envvar="ENV", help="The environment to draw.")] = ENVIRONMENT,
    stack: Annotated[str, typer.Option(envvar="STACK", help="The stack whose resources to draw.")] = STACK,
) -> None:
    """Draw the stacks with the outputs that flow between them, and the resources of one stack, into docs/."""
    commands.draw(env, stack)


@app.command("cloud-setup")
def cloud_setup(
    env: Annotated[str, typer.Option("--env", envvar="ENV", help="An environment with the cloud backend.")],
    role_arn: Annotated[
        str | None, typer.Option(envvar="ROLE_ARN", help="IAM role that remote runs assume; no keys are stored.")
    ] = None,
    execution: Annotated[
        Execution, typer.Option(envvar="EXECUTION", help="Where terraform runs: in HCP Terraform, or on this machine.")
    ] = Execution.REMOTE,
    runs: Annotated[
        Runs, typer.Option(envvar="RUNS", help="What starts runs: this command line, or commits (vcs).")
    ] = Runs.CLI,
    terraform_version: Annotated[
        str | None, typer.Option(envvar="TERRAFORM_VERSION", help="Default: the version on the path.")
    ] = None,
) -> None:
    """Create the workspaces of an environment in HCP Terraform, or bring them in line; a second run changes nothing."""
    commands.set_up_cloud(
        env, CloudSettings(execution, runs, role_arn, terraform_version or commands.terraform_version())
    )


def main() -> NoReturn:
    """Run the command line; problems that the caller can mend are one message."""
    engine.select()
    try:
        app()
    except (UsageError, TerraformError) as problem:
        sys.exit(str(problem))
    sys.exit(0)


if __name__ == "__main__":
    main()
