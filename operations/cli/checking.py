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
    check.command("versions")(check_versions)


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


def check_versions(
    env: Annotated[list[str] | None, typer.Argument(envvar="ENV", help="Only these environments.")] = None,
    as_json: AsJson = False,
    fail_on_behind: Annotated[
        bool, typer.Option("--fail-on-behind", help="End with 1 where something is behind.")
    ] = False,
) -> None:
    """List what is behind: Kubernetes, charts, images, EKS add-ons, providers, actions; changes nothing.

    Kubernetes is compared with the support calendar, and with what EKS offers where there are credentials. A source
    that does not answer is one line.
    """
    from operations.versions import check_versions as checks

    raise typer.Exit(checks.check(tuple(env or ()), is_json=as_json, fails_on_behind=fail_on_behind))


def _print(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
