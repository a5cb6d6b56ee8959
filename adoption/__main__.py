"""The command line: `python -m adoption dev --from ../infrastructure/live/dev`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from adoption.adopt import adopt, write
from adoption.own_state import refuse_own_state
from adoption.problems import AdoptionError
from adoption.states import pull_from_s3
from adoption.takeover_report import as_json, as_markdown
from config import engine
from config.loading import ConfigurationError
from config.paths import ROOT, VALUES

if TYPE_CHECKING:
    from pathlib import Path


def main(
    environment: Annotated[str, typer.Argument(help="Environment that takes the objects over, e.g. dev.")],
    folder: Annotated[
        Path, typer.Option("--from", help="The layout's live folder of the environment, or a folder of pulled states.")
    ],
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = ROOT / "adoption-report",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write the report only.")] = False,
    own_state_is_empty: Annotated[
        bool, typer.Option("--own-state-is-empty", help="You looked: no workspace of the environment has a state.")
    ] = False,
) -> None:
    """Take over what an earlier Terraform or Terragrunt layout made.

    Reads the layout's states, writes settings that keep everything as it is and the ids to import into values/, and a
    report of what comes next. Changes nothing in AWS and nothing in the old states.

    Exit code: 0 when everything is decided, 2 when the report names something to decide first, 1 when nothing was
    written.
    """
    engine.select()
    try:
        undecided = _run(environment, folder, report, dry_run=dry_run, own_state_is_empty=own_state_is_empty)
    except (AdoptionError, ConfigurationError) as error:
        sys.stderr.write(f"{error}\nNothing was written.\n")
        raise typer.Exit(1) from None
    raise typer.Exit(2 if undecided else 0)


def _run(name: str, folder: Path, report: Path, *, dry_run: bool, own_state_is_empty: bool) -> bool:
    terraform = _terraform()
    found = adopt(
        name,
        folder.resolve(),
        project=ROOT,
        terraform_version=_version(terraform),
        pull=pull_from_s3(terraform),
    )
    refuse_own_state(found.environment, found.stacks, ROOT, is_empty_by_word=own_state_is_empty)
    report.mkdir(parents=True, exist_ok=True)
    (report / f"{name}.md").write_text(as_markdown(found), encoding="utf-8")
    (report / f"{name}.json").write_text(as_json(found), encoding="utf-8")
    written = [] if dry_run else write(found, VALUES)
    for path in written:
        sys.stdout.write(f"wrote {_shown(path)}\n")
    sys.stdout.write(
        f"{len(found.matches.found)} to import, {len(found.created)} new, {len(found.left)} left in the old states; "
        f"read {_shown(report / f'{name}.md')}\n"
    )
    for problem in found.undecided():
        sys.stdout.write(f"to decide: {problem}\n")
    for path_ in found.secrets():
        sys.stdout.write(f"looks like a secret: {path_} in values/adopted/{name}.yaml; take it out before committing\n")
    return bool(found.undecided())


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _terraform() -> str:
    name = os.environ.get("TERRAFORM_BINARY_NAME") or ("terraform" if shutil.which("terraform") else "tofu")
    if shutil.which(name) is None:
        raise AdoptionError([f"{name} is not on the path; its version says which states can be read"])
    return name


def _version(terraform: str) -> str:
    answer = subprocess.run([terraform, "version", "-json"], capture_output=True, text=True, check=False)  # noqa: S603 - the caller's own Terraform
    try:
        return str(json.loads(answer.stdout)["terraform_version"])
    except (ValueError, KeyError) as error:
        raise AdoptionError([f"'{terraform} version -json' does not say its version"]) from error


if __name__ == "__main__":
    typer.run(main)
