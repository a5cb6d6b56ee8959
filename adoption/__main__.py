"""The command line: `python -m adoption dev --from ../infrastructure/live/dev`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from adoption.adopt import adopt, write
from adoption.errors import AdoptionError
from adoption.judging.court import judge
from adoption.judging.how import How
from adoption.judging.plans import not_judged, problems_of_plans, unplanned
from adoption.reading.own_state import refuse_own_state
from adoption.reading.state_programs import Programs
from adoption.reading.unit import Choice
from adoption.reporting.machines import as_json
from adoption.reporting.people import as_markdown
from adoption.writing.file_set import write_all
from config import engine
from config.core.errors import ExpectedError
from config.paths import ROOT, VALUES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from adoption.adopt import Adoption

INTERRUPTED = 130
ACTIONS = ("import", "create", "update", "replace", "destroy")


def main(
    environment: Annotated[str, typer.Argument(help="Environment that takes the objects over, e.g. dev.")],
    folder: Annotated[
        Path,
        typer.Option(
            "--from", help="The layout's live folder of the environment, a folder of pulled states, or one state."
        ),
    ],
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = ROOT / "adoption-report",
    workspace: Annotated[
        list[str] | None,
        typer.Option("--workspace", help="Workspace of the old states: NAME, or UNIT=NAME for one unit. Repeatable."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", help="Let something be lost, by the name that the refusal gives. Repeatable."),
    ] = None,
    not_secret: Annotated[
        list[str] | None,
        typer.Option("--not-secret", help="Permit a value of the release in a file, by its path. Repeatable."),
    ] = None,
    plan: Annotated[
        How,
        typer.Option(
            "--plan",
            help="How the stacks are planned before anything is written: with access to the account (refresh), by the "
            "states alone, the first of them that works (auto), or not at all.",
        ),
    ] = How.AUTO,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write the report only.")] = False,
    without_plan: Annotated[
        bool, typer.Option("--without-plan", help="Write although a stack could not be planned: nothing judged it.")
    ] = False,
    own_state_is_empty: Annotated[
        bool,
        typer.Option(
            "--own-state-is-empty",
            help="You looked: no stack of the environment has a state in a backend that says nothing.",
        ),
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
        programs = Programs.on_path()
        found = adopt(
            environment,
            folder.resolve(),
            project=ROOT,
            programs=programs,
            choice=Choice.parse(workspace or ()),
            accepted=accept or (),
            not_secret=not_secret or (),
        )
        _show_sources(found)
        refuse_own_state(found.environment, found.stacks.documents, ROOT, is_empty_by_word=own_state_is_empty)
        found = _judged(found, programs, plan, accept or (), without_plan=without_plan)
        undecided = _finish(found, report, dry_run=dry_run)
    except ExpectedError as error:
        sys.stderr.write(f"{error}\nNothing was written.\n")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. Nothing was written.\n")
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(2 if undecided else 0)


def _show_sources(found: Adoption) -> None:
    for state in found.states:
        sys.stdout.write(
            f"read {state.unit}: {state.source}, workspace {state.workspace}, serial {state.serial}, lineage "
            f"{state.lineage or 'none'}, {state.program} {state.terraform_version}, {len(state.objects)} objects\n"
        )


def _judged(
    found: Adoption, programs: Programs, how: How, accepted: Collection[str], *, without_plan: bool
) -> Adoption:
    found = replace(found, plans=judge(found, programs, how))
    _show_plans(found)
    is_permitted = without_plan or how is How.NONE
    problems = [*problems_of_plans(found.plans, accepted), *([] if is_permitted else not_judged(found.plans))]
    if problems:
        raise AdoptionError(problems)
    return found


def _show_plans(found: Adoption) -> None:
    for error, stacks in unplanned(found.plans).items():
        sys.stdout.write(f"not planned: {', '.join(stacks)}: {error}\n")
    for plan in found.plans:
        if plan.error is None:
            counts = ", ".join(f"{plan.counts.get(key, 0)} to {key}" for key in ACTIONS)
            sys.stdout.write(f"planned {found.environment.name}-{plan.stack} ({plan.how}): {counts}\n")


def _finish(found: Adoption, report: Path, *, dry_run: bool) -> bool:
    name = found.environment.name
    texts = {report / f"{name}.md": as_markdown(found), report / f"{name}.json": as_json(found)}
    private = ROOT / "adoption-report" / f"{name}-secrets.json"
    if found.kept.secret_values and not dry_run:
        texts[private] = json.dumps(found.kept.secret_values, indent=2) + "\n"
    write_all(texts, private=[private])
    written = [] if dry_run else write(found, VALUES)
    sys.stdout.writelines(f"{line}\n" for line in _lines(found, written, report, dry_run=dry_run))
    return bool(found.undecided())


def _lines(found: Adoption, written: list[Path], report: Path, *, dry_run: bool) -> Iterator[str]:
    name = found.environment.name
    for path in written:
        yield f"wrote {_shown(path)}"
    if not written and not dry_run:
        yield "values/ is as it should be: nothing to write"
    yield (
        f"{len(found.matches.found)} to import, {len(found.created)} new, {len(found.left)} left in the old states, "
        f"{len(found.overrides)} overrides; read {_shown(report / f'{name}.md')}"
    )
    for note in found.kept.notes:
        yield f"note: {note}"
    for problem in found.undecided():
        yield f"to decide: {problem}"
    for path_ in found.secrets():
        yield f"looks like a secret, and is in no tracked file: {path_} (if it is none: --not-secret '{path_}')"
    if found.secrets() and not dry_run:
        secret = found.environment.kube_prom_stack.release_secrets
        yield "put them into AWS Secrets Manager before the plan, then delete the file:"
        yield (
            f"  aws secretsmanager create-secret --region {found.environment.region} --name '{secret}' "
            f"--secret-string file://adoption-report/{name}-secrets.json"
        )
    if not dry_run and not found.undecided():
        yield f"next: git diff values/, then make plan ENV={name}"


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    typer.run(main)
