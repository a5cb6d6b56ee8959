"""Takes an environment over: reads, decides, checks, and only then writes settings, imports and a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adoption.errors import AdoptionError
from adoption.keeping.kept_environment import environment_named, keep_by_overrides, keep_by_settings
from adoption.losses import losses, replacements
from adoption.reading.layout_states import read_states
from adoption.reading.objects import account_of, objects_of, problems_of_objects_in_two_states, vpc_of_cluster
from adoption.writing.file_set import write_all
from adoption.writing.yaml_text import as_yaml
from config.core.resource_kinds import KINDS
from config.imports import imports_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from adoption.comparing.differences import Change
    from adoption.comparing.matching import Matches
    from adoption.comparing.overriding import Override
    from adoption.comparing.stack_resources import Resource, Stacks
    from adoption.judging.plans import Plan
    from adoption.keeping.keep import Kept
    from adoption.reading.state_model import StateObject, UnitState
    from adoption.reading.state_programs import Programs
    from adoption.reading.unit import Choice
    from config.environment import Environment

IMPORTS_HEADER: Final = """\
# What this environment takes over of an earlier layout: import ids by stack and path of the construct.
# Every stack imports its part at its next apply. Once all have been applied this file does nothing: remove it.
"""
OUTPUTS_HEADER: Final = "\n# What the stacks will publish, for plans of stacks that were never applied.\n"


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
    the release that are permitted in a file although they look like secrets.

    Raises:
        AdoptionError: Something would go wrong; the error says all of it.
        ConfigurationError: The environment files are not valid.

    """
    values = project / "values"
    environment = environment_named(values, name)
    states = read_states(folder, programs=programs, choice=choice)
    problems = list(problems_of_objects_in_two_states(states))
    objects = objects_of(states)
    known = [one for one in objects if one.type in KINDS]
    account_id, wrong = account_of(known, environment.region, environment.account_id)
    problems += wrong
    if problems:
        raise AdoptionError(problems)
    kept, texts, after = keep_by_settings(values, environment, objects, account_id, frozenset(not_secret))
    stacks, matches, changes, overrides = keep_by_overrides(values, name, texts, after, objects, account_id)
    if not matches.found:
        raise AdoptionError([_nothing_belongs(folder, after, objects)])
    problems = [
        *_other_clusters(after, matches, objects),
        *replacements(matches, changes),
        *losses(matches, changes, accepted),
    ]
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
    """Write the environment file, all of them or none; return those that changed."""
    texts = {values / name: text for name, text in adoption.texts.items()}
    changed = {
        path: text for path, text in texts.items() if not path.exists() or path.read_bytes() != text.encode("utf-8")
    }
    write_all(changed)
    return list(changed)


def _other_clusters(environment: Environment, matches: Matches, objects: Sequence[StateObject]) -> list[str]:
    """Return why another cluster than the environment's stops adoption: a new one would be made in its VPC."""
    taken = {found.resource.type: found.object for found in matches.found}
    clusters = [one for one in objects if one.type == "aws_eks_cluster"]
    if "aws_eks_cluster" in taken or not clusters:
        return []
    vpc = taken["aws_vpc"].attributes["id"] if "aws_vpc" in taken else None
    names = sorted({str(one.attributes["name"]) for one in clusters if vpc_of_cluster(one, objects) in (None, vpc)})
    return [_not_called(environment, names)] if names else []


def _not_called(environment: Environment, names: Sequence[str]) -> str:
    name, wanted = environment.name, environment.cluster_name
    which = "it" if len(names) == 1 else "one of them"
    return (
        f"there is no cluster {wanted}, which environment {name} has by its settings, but {', '.join(names)}; to take "
        f"{which} over write cluster.full_name: {names[0]} into values/environments/{name}.yaml, or give the states of "
        f"{name}"
    )


def _nothing_belongs(folder: Path, environment: Environment, objects: Sequence[StateObject]) -> str:
    clusters = sorted({str(one.attributes["name"]) for one in objects if one.type == "aws_eks_cluster"})
    message = f"nothing in {folder} belongs to environment {environment.name}"
    return f"{message}: {_not_called(environment, clusters)}" if clusters else message


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
