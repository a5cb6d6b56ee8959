"""Takes an environment over: reads, decides, checks, and only then writes settings, imports and a report."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adoption.differences import Change, changes_of
from adoption.environment_file import as_yaml, with_settings
from adoption.files import write_all
from adoption.keeping.keep import Existing, Kept
from adoption.keeping.keep_cluster import keep_cluster
from adoption.keeping.keep_companions import keep_companions
from adoption.keeping.keep_network import keep_network
from adoption.keeping.keep_release import keep_release
from adoption.kinds import KINDS
from adoption.matching import Matches, match
from adoption.objects import account_of, objects_of, problems_of_objects_in_two_states
from adoption.overriding import Override, overrides_of
from adoption.problems import AdoptionError
from adoption.stacks import synthesize
from adoption.states import read_states
from config.core.problems import ConfigurationError, shown, shown_path
from config.imports import imports_of
from config.loading import load_environments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from adoption.judging import Plan
    from adoption.programs import Programs
    from adoption.stacks import Resource, Stacks
    from adoption.state_model import StateObject, UnitState
    from adoption.states import Choice
    from config.environment import Environment

IMPORTS_HEADER: Final = """\
# What this environment takes over of an earlier layout: import ids by stack and path of the construct.
# Every stack imports its part at its next apply. Once all have been applied this file does nothing: remove it.
"""
OUTPUTS_HEADER: Final = "\n# What the stacks will publish, for plans of stacks that were never applied.\n"
VALUES_HEADER: Final = """\
# The values of a release that was taken over, all of them, as they were given to it.
# Move what is of use into the environment's settings, then remove this file with kube_prom_stack.release_values_file.
"""


@dataclass(frozen=True)
class Adoption:
    """Everything that was found and decided, before anything is written."""

    environment: Environment
    stacks: Stacks
    account_id: str | None
    states: Sequence[UnitState]
    kept: Kept
    overrides: Sequence[Override]
    matches: Matches
    changes: Mapping[str, Sequence[Change]]
    accepted: Sequence[str]
    created: Sequence[Resource]
    left: Sequence[StateObject]
    outputs: Mapping[str, Mapping[str, Any]]
    texts: Mapping[str, str]
    plans: Sequence[Plan] = ()

    def undecided(self) -> list[str]:
        """Return what a person has to decide."""
        twice = [
            f"{resource}: {len(candidates)} candidates, {', '.join(candidates)}; write the right one into "
            f"values/imports/{self.environment.name}.yaml and run again"
            for resource, candidates in self.matches.ambiguous.items()
        ]
        return [*self.kept.undecided, *twice]

    def secrets(self) -> list[str]:
        """Return the paths of the release's values that look like secrets, and are written to no file."""
        return list(self.kept.secrets)


def adopt(
    name: str,
    folder: Path,
    *,
    project: Path,
    programs: Programs,
    choice: Choice | None = None,
    accepted: Collection[str] = (),
    not_secret: Collection[str] = (),
) -> Adoption:
    """Find out everything about taking an environment over; nothing is written.

    `choice` are the workspaces of the states, `accepted` names what may be lost, `not_secret` are paths of values of
    the release that may stand in a file although they look like secrets.

    Raises:
        AdoptionError: Something would go wrong; the error says all of it.
        ConfigurationError: The environment files are not valid.

    """
    values = project / "values"
    environment = _environment(values, name)
    states = read_states(folder, programs=programs, choice=choice)
    problems = list(problems_of_objects_in_two_states(states))
    objects = objects_of(states)
    known = [one for one in objects if one.type in KINDS]
    account_id, wrong = account_of(known, environment.aws_region, environment.account_id)
    problems += wrong
    if problems:
        raise AdoptionError(problems)
    kept, texts, after = _keep(values, environment, objects, account_id, frozenset(not_secret))
    stacks, matches, changes, overrides = _override(values, name, texts, after, objects, account_id)
    if not matches.found:
        raise AdoptionError([_nothing_belongs(folder, after, objects)])
    problems = [*_replacements(matches, changes), *_losses(matches, changes, accepted)]
    if problems:
        raise AdoptionError(problems)
    texts[f"imports/{name}.yaml"] = _imports_text(values, name, matches, stacks)
    taken = {str(found.resource) for found in matches.found}
    return Adoption(
        environment=after,
        stacks=stacks,
        account_id=account_id,
        states=states,
        kept=kept,
        overrides=overrides,
        matches=matches,
        changes=changes,
        accepted=sorted(accepted),
        created=[resource for resource in stacks.resources() if str(resource) not in taken],
        left=_left(states, matches),
        outputs=stacks.outputs(),
        texts=texts,
    )


def write(adoption: Adoption, values: Path) -> list[Path]:
    """Write the environment's files, all of them or none; return those that changed."""
    texts = {values / name: text for name, text in adoption.texts.items()}
    changed = {
        path: text for path, text in texts.items() if not path.exists() or path.read_bytes() != text.encode("utf-8")
    }
    write_all(changed)
    return list(changed)


def _environment(values: Path, name: str) -> Environment:
    environments = {environment.name: environment for environment in load_environments(values / "environments")}
    if name not in environments:
        raise AdoptionError([f"{name} is no environment; there are: {', '.join(environments)}"])
    environment = environments[name]
    if environment.network is None or environment.existing_cluster is not None:
        raise AdoptionError([f"{name} has a cluster that is managed elsewhere; there is nothing to take over"])
    return environment


def _nothing_belongs(folder: Path, environment: Environment, objects: Sequence[StateObject]) -> str:
    clusters = sorted({str(one.attributes["name"]) for one in objects if one.type == "aws_eks_cluster"})
    there = f"; its clusters are called {', '.join(clusters)}" if clusters else ""
    return f"nothing in {folder} belongs to environment {environment.name} (cluster {environment.cluster_name}){there}"


def _keep(
    values: Path,
    environment: Environment,
    objects: Sequence[StateObject],
    account_id: str | None,
    not_secret: frozenset[str],
) -> tuple[Kept, dict[str, str], Environment]:
    """Return the settings that keep things as they are, and the environment with them.

    A setting that the rules of the settings refuse is left out: an override keeps what it would have kept.
    """
    pins = imports_of(environment.name, values).imports
    refused: frozenset[tuple[str, ...]] = frozenset()
    while True:
        existing = Existing(environment, objects, pins, refused, not_secret)
        kept = _settings_to_keep(existing, account_id)
        texts = _texts(values, environment.name, kept)
        try:
            return kept, texts, _reloaded(values, environment.name, texts)
        except ConfigurationError as error:
            more = {setting.path for setting in kept.settings if _is_refused(setting.path, error)} - refused
            if not more:
                told = [f"what exists cannot be kept by settings: {one.path}: {one.message}" for one in error.problems]
                raise AdoptionError(told) from error
            refused |= more


def _is_refused(path: tuple[str, ...], error: ConfigurationError) -> bool:
    setting = shown_path(path)
    return any(
        problem.path == setting or problem.path.startswith((f"{setting}.", f"{setting}[")) for problem in error.problems
    )


def _settings_to_keep(existing: Existing, account_id: str | None) -> Kept:
    if existing.environment.account_id is None and account_id is not None:
        comment = "The account of what was taken over: nothing is done in another one."
        existing.keep("account_id", account_id, comment)
    keep_network(existing)
    keep_cluster(existing)
    keep_companions(existing)
    keep_release(existing)
    return existing.kept


def _override(
    values: Path,
    name: str,
    texts: dict[str, str],
    after: Environment,
    objects: Sequence[StateObject],
    account_id: str | None,
) -> tuple[Stacks, Matches, dict[str, list[Change]], list[Override]]:
    """Keep by overrides what no setting keeps, and compare again until nothing else can be kept."""
    overrides: dict[tuple[str, str, str], Override] = {}
    file = f"environments/{name}.yaml"
    text = texts[file]
    while True:
        stacks = synthesize(_without_release_values(after), account_id)
        matches = match(stacks, objects, imports_of(name, values).imports)
        changes = {str(found.resource): changes_of(found, stacks) for found in matches.found}
        more = {
            one.key: one
            for found in matches.found
            for one in overrides_of(found, changes[str(found.resource)])
            if one.key not in overrides
        }
        if not more:
            return stacks, matches, changes, list(overrides.values())
        overrides |= more
        # The settings first, each time: an override is added to its text, and the other one stays as it is.
        texts[file] = with_settings(text, [one.as_setting() for one in overrides.values()])
        after = _reloaded(values, name, texts)


def _texts(values: Path, name: str, kept: Kept) -> dict[str, str]:
    """Return the files that keep things as they are, by their names below `values/`."""
    file = f"environments/{name}.yaml"
    # As bytes: reading as text would change the ends of lines.
    texts = {file: with_settings((values / file).read_bytes().decode("utf-8"), kept.settings)}
    if kept.release_values is not None:
        texts[f"adopted/{name}.yaml"] = VALUES_HEADER + as_yaml(kept.release_values)
    return texts


def _reloaded(values: Path, name: str, texts: Mapping[str, str]) -> Environment:
    """Return the environment as it will be loaded from the new files."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / values.name
        shutil.copytree(values, copy)
        for file, text in texts.items():
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            (copy / file).write_bytes(text.encode("utf-8"))
        return _environment(copy, name)


def _without_release_values(environment: Environment) -> Environment:
    # The file is not written yet, and does not matter to what is found.
    update = {"release_values_file": None, "release_secrets": None}
    stack = environment.kube_prom_stack.model_copy(update=update)
    return environment.model_copy(update={"kube_prom_stack": stack})


def _replacements(matches: Matches, changes: Mapping[str, Iterable[Change]]) -> Iterator[str]:
    for found in matches.found:
        for change in changes[str(found.resource)]:
            if change.replaces:
                yield (
                    f"{found.resource}: {found.object} would be replaced: {change.attribute} is "
                    f"{shown(change.before)}, the settings make it {shown(change.after)}, and nothing is known that "
                    "keeps it"
                )


def _losses(matches: Matches, changes: Mapping[str, Iterable[Change]], accepted: Collection[str]) -> Iterator[str]:
    """Yield what would be lost, each by the name by which it can be accepted."""
    names = set()
    for found in matches.found:
        of_object = f"{found.resource.stack}/{found.resource.path}"
        names.add(of_object)
        if found.object.is_tainted and of_object not in accepted:
            yield (
                f"{found.object} is tainted: the old layout would replace it. Untaint it or let the layout replace it "
                f"first, or take it over as it is with --accept {of_object}"
            )
        for change in changes[str(found.resource)]:
            if change.is_wanted or change.replaces:
                continue
            name = f"{of_object}.{change.attribute}"
            if name not in accepted:
                before, after = shown(change.before), shown(change.after)
                yield (
                    f"{found.object}: {change.attribute} would be lost: it is {before}, and would be {after}; "
                    f"--accept {name} lets it go"
                )
    for name in accepted:
        if not any(name == one or name.startswith(f"{one}.") for one in names):
            yield f"--accept {name}: nothing of that name is taken over"


def _imports_text(values: Path, name: str, matches: Matches, stacks: Stacks) -> str:
    # What a person wrote into the file stays.
    imports: dict[str, dict[str, str]] = {
        stack: dict(paths) for stack, paths in imports_of(name, values).imports.items()
    }
    order = list(stacks.documents)
    for found in sorted(matches.found, key=lambda one: (order.index(one.resource.stack), one.resource.path)):
        imports.setdefault(found.resource.stack, {}).setdefault(found.resource.path, found.import_id)
    outputs = stacks.outputs()
    return IMPORTS_HEADER + as_yaml({"imports": imports}) + OUTPUTS_HEADER + as_yaml({"outputs": outputs})


def _left(states: Iterable[UnitState], matches: Matches) -> list[StateObject]:
    taken = {(found.object.unit, found.object.address) for found in matches.found}
    return [one for state in states for one in state.objects if (one.unit, one.address) not in taken]
