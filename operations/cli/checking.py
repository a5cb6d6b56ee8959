"""Commands that check what is configured, without a cluster: its policies and its versions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.clusters import check
from operations.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterable


def register(app: typer.Typer) -> None:
    """Add the commands to those of `check`, which are on the command line already."""
    del app
    check.command("policy")(check_policy)


def check_policy(
    env: Annotated[list[str] | None, typer.Argument(envvar="ENV", help="Only these environments.")] = None,
    as_json: AsJson = False,
    sarif: Annotated[Path | None, typer.Option(help="Write the findings as SARIF to this file, too.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the findings as JUnit to this file, too.")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules, and check nothing.")] = False,
) -> None:
    """Check the stacks by rules: for security, by the CIS benchmark, for costs, and your own in values/policies/.

    Ends with 1 where a mandatory rule fails, or where an exception has expired.
    """
    from operations.policies import check_policy as checks

    if rules:
        _print(checks.listed())
        return
    raise typer.Exit(checks.check(tuple(env or ()), is_json=as_json, sarif=sarif, junit=junit))


def _print(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
