"""Commands about stacks: what they are, what would change, and changing it."""

from __future__ import annotations

from typing import Annotated

import typer

from operations.cli.applying import deploy, destroy, diff, drift, plan
from operations.cli.options import AsJson, AutoApprove, Environment, Patterns, Stack


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
    """Report who holds the lock of a stack's state, and release it."""
    from operations.commands import reading

    reading.unlock(stack, auto_approve=auto_approve)
