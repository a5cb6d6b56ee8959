"""Takes an environment over: reads, decides, checks, and only then writes settings, imports and a report."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adoption.differences import Change, changes_of
from adoption.environment_file import as_yaml, with_settings
from adoption.keeping.keep import Existing, Kept
from adoption.keeping.keep_cluster import keep_cluster
from adoption.keeping.keep_companions import keep_companions
from adoption.keeping.keep_network import keep_network
from adoption.keeping.keep_release import keep_release, names_of_secrets
from adoption.kinds import KINDS
from adoption.matching import Matches, match
from adoption.objects import objects_of, refuse_objects_in_two_states, refuse_other_accounts
from adoption.problems import AdoptionError
from adoption.stacks import synthesize
from adoption.states import StateObject, UnitState, read_states
from config.imports import imports_of
from config.loading import load_environments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from adoption.stacks import Resource, Stacks
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
    stacks: Sequence[str]
    account_id: str | None
    states: Sequence[UnitState]
    kept: Kept
    matches: Matches
    changes: Mapping[str, Sequence[Change]]
    created: Sequence[Resource]
    left: Sequence[StateObject]
    outputs: Mapping[str, Mapping[str, Any]]
    texts: Mapping[str, str]

    def undecided(self) -> list[str]:
        """Return what a person has to decide."""
        twice = [
            f"{resource}: {len(candidates)} candidates, {', '.join(candidates)}; write the right one into "
            f"values/imports/{self.environment.name}.yaml and run again"
            for resource, candidates in self.matches.ambiguous.items()
        ]
        return [*self.kept.undecided, *twice]

    def secrets(self) -> list[str]:
        """Return the paths in the release's values whose names say that they are secret."""
        return list(names_of_secrets(self.kept.release_values or {}))


def adopt(
    name: str,
    folder: Path,
    *,
    project: Path,
    terraform_version: str,
    pull: Callable[[Mapping[str, Any]], str],
) -> Adoption:
    """Find out everything about taking an environment over; nothing is written.

    Raises:
        AdoptionError: Something would go wrong; the error says all of it.
        ConfigurationError: The environment files are not valid.

    """
    values = project / "values"
    environment = _environment(values, name)
    states = read_states(folder, terraform_version=terraform_version, pull=pull)
    refuse_objects_in_two_states(states)
    objects = objects_of(states)
    known = [one for one in objects if one.type in KINDS]
    account_id = refuse_other_accounts(known, environment.aws_region, environment.account_id)
    kept = _settings_to_keep(environment, objects, account_id)
    texts = _texts(values, name, kept)
    after = _reloaded(values, name, texts)
    stacks = synthesize(_without_release_values(after), account_id)
    matches = match(stacks, objects, imports_of(name, values).imports)
    changes = {str(found.resource): changes_of(found, stacks) for found in matches.found}
    _refuse_replacements(matches, changes)
    if not matches.found:
        raise AdoptionError([f"nothing in {folder} belongs to environment {name} (cluster {after.cluster_name})"])
    texts[f"imports/{name}.yaml"] = _imports_text(values, name, matches, stacks)
    taken = {str(found.resource) for found in matches.found}
    return Adoption(
        environment=after,
        stacks=tuple(stacks.documents),
        account_id=account_id,
        states=states,
        kept=kept,
        matches=matches,
        changes=changes,
        created=[resource for resource in stacks.resources() if str(resource) not in taken],
        left=_left(states, matches),
        outputs=stacks.outputs(),
        texts=texts,
    )


def write(adoption: Adoption, values: Path) -> list[Path]:
    """Write the environment's files; return those that changed."""
    written = []
    for name, text in adoption.texts.items():
        path = values / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def _environment(values: Path, name: str) -> Environment:
    environments = {environment.name: environment for environment in load_environments(values / "environments")}
    if name not in environments:
        raise AdoptionError([f"{name} is no environment; there are: {', '.join(environments)}"])
    environment = environments[name]
    if environment.network is None or environment.existing_cluster is not None:
        raise AdoptionError([f"{name} has a cluster that is managed elsewhere; there is nothing to take over"])
    return environment


def _settings_to_keep(environment: Environment, objects: Sequence[StateObject], account_id: str | None) -> Kept:
    existing = Existing(environment, objects)
    if environment.account_id is None and account_id is not None:
        comment = "The account of what was taken over: nothing is done in another one."
        existing.keep("account_id", account_id, comment)
    keep_network(existing)
    keep_cluster(existing)
    keep_companions(existing)
    keep_release(existing)
    return existing.kept


def _texts(values: Path, name: str, kept: Kept) -> dict[str, str]:
    """Return the files that keep things as they are, by their names below `values/`."""
    file = f"environments/{name}.yaml"
    texts = {file: with_settings((values / file).read_text(encoding="utf-8"), kept.settings)}
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
            (copy / file).write_text(text, encoding="utf-8")
        return _environment(copy, name)


def _without_release_values(environment: Environment) -> Environment:
    # The file is not written yet, and does not matter to what is found.
    stack = environment.kube_prom_stack.model_copy(update={"release_values_file": None})
    return environment.model_copy(update={"kube_prom_stack": stack})


def _refuse_replacements(matches: Matches, changes: Mapping[str, Iterable[Change]]) -> None:
    problems = [
        f"{found.resource}: {found.object} would be replaced: {change.attribute} is {change.before!r}, "
        f"the settings make it {change.after!r}, and no setting is known that keeps it"
        for found in matches.found
        for change in changes[str(found.resource)]
        if change.replaces
    ]
    if problems:
        raise AdoptionError(problems)


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
