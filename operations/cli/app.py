"""The one command line of the project: `./eks --help`."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from config import engine
from config.core.errors import UsageError
from operations.cli import checking, clusters, environments, importing, stacks
from operations.ending import ended
from operations.interruption import raise_interrupted

app = typer.Typer(
    name="eks",
    help="Plan, deploy and look after EKS clusters with their monitoring. Options are variables of the make targets "
    "too: 'make plan ENV=dev' is './eks plan --env dev'.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (stacks, clusters, checking, environments, importing):
    module.register(app)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if is_wanted:
        from operations.cli.version import version

        sys.stdout.write(f"{version()}\n")
        raise typer.Exit


def _select_engine(name: str | None) -> None:
    if name is None:
        return
    try:
        engine.select(name)
    except engine.EngineError as error:
        raise UsageError(str(error)) from None


@app.callback()
def options(
    *,
    cdk: Annotated[
        str | None,
        typer.Option(
            "--cdk",
            metavar="|".join(engine.Engine),
            envvar=engine.VARIABLE,
            callback=_select_engine,
            is_eager=True,
            help="What makes the Terraform JSON: CDKTF, or CDK Terrain; the setting in cdktf.json is its default.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version, and end.")
    ] = False,
) -> None:
    """Take the options of the command line as a whole."""
    del cdk, version


def main() -> NoReturn:
    """Run the command line; whatever goes wrong is a message, and no traceback."""
    # States, plans, logs and reports are not for other users of this machine.
    os.umask(0o077)
    engine.select()
    raise_interrupted()
    sys.exit(ended(lambda: app(prog_name="eks")))
