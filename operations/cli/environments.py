"""Commands about environments: a new one, taking over an earlier layout, where their state is kept, what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from config.paths import ROOT
from operations.cli.options import AutoApprove, OneEnvironment
from operations.hcp.cloud_settings import CloudSettings, Execution, Runs

cloud = typer.Typer(help="Workspaces of HCP Terraform.", no_args_is_help=True)
state = typer.Typer(help="Where states are kept.", no_args_is_help=True)
providers = typer.Typer(help="The providers of Terraform.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(rich_help_panel="Environments")(new)
    app.command(rich_help_panel="Environments")(doctor)
    app.command(rich_help_panel="Environments")(adopt)
    app.add_typer(cloud, name="cloud", rich_help_panel="Environments")
    app.add_typer(state, name="state", rich_help_panel="Environments")
    app.add_typer(providers, name="providers", rich_help_panel="Environments")


def new(
    name: Annotated[str | None, typer.Argument(help="Name of the environment, e.g. shop.")] = None,
    region: Annotated[str | None, typer.Option(help="AWS region, e.g. eu-west-1.")] = None,
    zones: Annotated[str | None, typer.Option(help="Zones, e.g. 'eu-west-1a eu-west-1b'. Default: the first.")] = None,
    production: Annotated[bool, typer.Option("--production", help="Three zones, ON_DEMAND nodes, protection.")] = False,
    existing_eks: Annotated[
        str, typer.Option(help="Name of an EKS cluster that exists; only monitoring is made.")
    ] = "",
    context: Annotated[str, typer.Option(help="Context of kubectl's configuration, for a cluster outside EKS.")] = "",
    state: Annotated[str | None, typer.Option(help="local, s3:<bucket> or cloud:<organization>.")] = None,
    alerts: Annotated[str | None, typer.Option(help="Slack channel for alerts, e.g. '#alerts'.")] = None,
) -> None:
    """Write a commented environment that plans; asks for what is not given, where there is a terminal."""
    from operations.environments.new import Wishes, write

    is_asked = sys.stdin.isatty() and sys.stdout.isatty()

    def wish(given: str | None, question: str, default: str) -> str:
        if given is not None:
            return given
        return str(typer.prompt(question, default=default)) if is_asked else default

    name = name if name is not None else wish(None, "Name of the environment", "")
    if not (existing_eks or context) and is_asked and region is None:
        existing_eks = wish(None, "Name of an EKS cluster that exists (empty for a new one)", "")
    wishes = Wishes(
        name=name,
        region="" if context else wish(region, "AWS region", "us-east-2"),
        zones=tuple((zones or "").replace(",", " ").split()),
        is_production=production,
        existing_eks=existing_eks,
        context=context,
        state=wish(state, "State: local, s3:<bucket> or cloud:<organization>", "local"),
        alerts=wish(alerts, "Slack channel for alerts (empty for none)", ""),
    )
    sys.stdout.write(f"wrote {write(wishes)}\nNext: ./eks plan {name}\n")


def doctor(
    env: Annotated[list[str] | None, typer.Argument(help="Only these environments.")] = None,
) -> None:
    """Report what this machine lacks to work on the environments, each time with what to do about it."""
    from operations.environments.doctor import findings

    found = findings(tuple(env or ()))
    sys.stdout.write("".join(f"{finding}\n" for finding in found))
    raise typer.Exit(1 if any(finding.is_problem for finding in found) else 0)


def adopt(
    env: Annotated[str, typer.Argument(envvar="ENV", help="Environment that takes the objects over, e.g. dev.")],
    folder: Annotated[
        Path,
        typer.Option(
            "--from", envvar="FROM", help="The layout's live folder of the environment, or a folder of pulled states."
        ),
    ],
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = ROOT / "adoption-report",
    workspace: Annotated[
        list[str] | None,
        typer.Option(envvar="WORKSPACE", help="Workspace of the old states: NAME, or UNIT=NAME for one unit."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(envvar="ACCEPT", help="Let something be lost, by the name that the refusal gives."),
    ] = None,
    not_secret: Annotated[
        list[str] | None,
        typer.Option(envvar="NOT_SECRET", help="Permit a value of the release in a file, by its path."),
    ] = None,
    plan: Annotated[
        Literal["auto", "refresh", "states", "none"],
        typer.Option(
            envvar="PLAN",
            help="How the stacks are planned before anything is written: with access to the account (refresh), by the "
            "states alone, the first of them that works (auto), or not at all.",
        ),
    ] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write the report only.")] = False,
    without_plan: Annotated[
        bool,
        typer.Option(
            "--without-plan",
            envvar="WITHOUT_PLAN",
            help="Write although a stack could not be planned: nothing judged it.",
        ),
    ] = False,
    own_state_is_empty: Annotated[
        bool,
        typer.Option(
            "--own-state-is-empty",
            envvar="OWN_STATE_IS_EMPTY",
            help="You looked: no stack of the environment has a state in a backend that says nothing.",
        ),
    ] = False,
) -> None:
    """Take over what an earlier Terraform or Terragrunt layout made: writes settings and imports into values/.

    Ends with 0 when everything is decided, with 2 when the report names something to decide first.
    """
    from adoption.__main__ import main
    from adoption.judging.how import How

    main(
        env,
        folder,
        report,
        workspace,
        accept,
        not_secret,
        How(plan),
        dry_run=dry_run,
        without_plan=without_plan,
        own_state_is_empty=own_state_is_empty,
    )


@cloud.command("setup")
def cloud_setup(
    env: OneEnvironment,
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
    from operations.hcp.command import set_up_cloud, terraform_version_here

    set_up_cloud(env, CloudSettings(execution, runs, role_arn, terraform_version or terraform_version_here()))


@state.command("move")
def state_move(
    env: OneEnvironment,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Where the states are: local, s3:<bucket>@<region> or cloud:<organization>, followed by "
            "/<prefix> where the names of workspaces have one. Default: where "
            "this checkout used them last.",
        ),
    ] = None,
    auto_approve: AutoApprove = False,
) -> None:
    """Move the states of an environment to where its `backend` says that they are kept, and compare what arrived."""
    from operations.commands.moving import move_states

    raise typer.Exit(move_states(env, source, auto_approve=auto_approve))


@state.command("bucket")
def state_bucket(env: OneEnvironment) -> None:
    """Create the S3 bucket of an environment's state; a second run changes nothing."""
    from operations.terraform import state_bucket as bucket

    sys.stdout.write(f"{bucket.create(env)}\n")


@providers.command("lock")
def lock_providers(
    platform: Annotated[
        list[str] | None, typer.Option(help="Platform, e.g. linux_arm64; several times for several. Default: all.")
    ] = None,
    fs_mirror: Annotated[
        Path | None, typer.Option(help="Folder with the providers, where the registry cannot be reached.")
    ] = None,
) -> None:
    """Write the checksums of the providers to providers.lock.hcl, which every init then checks; commit that file."""
    from operations.commands.work import new_terraform
    from operations.runs.folders import current_stacks
    from operations.terraform.provider_locks import PLATFORMS, write_locks

    terraform = new_terraform()
    configurations = [stack.configuration for stack in current_stacks().stacks.values()]
    written = write_locks(
        terraform.binary,
        terraform.environment,
        configurations,
        platforms=tuple(platform or PLATFORMS),
        mirror=fs_mirror,
    )
    sys.stdout.write(f"{written}\n")
