"""The one command line of the project: `./eks --help`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from config import engine
from operations.cli import clusters, environments, stacks
from operations.errors import UsageError
from operations.interruption import Interrupted, raise_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    name="eks",
    help="Plan, deploy and look after EKS clusters with their monitoring. Options are variables of the make targets "
    "too: 'make plan ENV=dev' is './eks plan --env dev'.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (stacks, clusters, environments):
    module.register(app)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if is_wanted:
        from operations.cli.version import version

        sys.stdout.write(f"{version()}\n")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version, and end.")
    ] = False,
) -> None:
    """Take the options of the command line as a whole."""
    del version


def main() -> NoReturn:
    """Run the command line; whatever goes wrong is a message, and no traceback."""
    engine.select()
    raise_interrupted()
    sys.exit(ended(lambda: app(prog_name="eks")))


def ended(run: Callable[[], object]) -> int:
    """Run something, print what went wrong, and return the exit code."""
    from config.core.problems import ConfigurationError
    from operations.terraform.runner import TerraformError

    try:
        run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except Interrupted as end:
        _say(str(end))
        # What was cut off, such as the process that synthesizes, would complain while this one ends.
        sys.stdout.flush()
        os._exit(end.exit_code)
    except (UsageError, ConfigurationError, TerraformError) as problem:
        _say(str(problem))
    except BrokenPipeError:
        # Whoever read the output has enough of it, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as problem:
        _say(_of_the_machine(problem))
    except Exception as problem:
        _say(_unexpected(problem))
    return 1


def _of_the_machine(problem: OSError) -> str:
    from operations.terraform.cures import cure

    where = f"{problem.filename}: " if problem.filename else ""
    said = f"{where}{problem.strerror or problem}"
    advice = cure(said)
    return f"{said}. {advice}" if advice else said


def _unexpected(problem: Exception) -> str:
    """Keep the traceback in a file, for a report of the bug."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="eks-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(problem)))
    said = " ".join(str(problem).split())[:300]
    return f"A bug, please report it with {log.name}: {type(problem).__name__}: {said}"


def _say(text: str) -> None:
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        return
