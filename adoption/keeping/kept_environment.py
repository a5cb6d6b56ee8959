"""The environment with settings and overrides that keep what exists, as it will be loaded from the new files."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adoption.comparing.differences import Change, changes_of
from adoption.comparing.matching import Matches, match
from adoption.comparing.overriding import Override, overrides_of
from adoption.comparing.stack_resources import synthesize
from adoption.errors import AdoptionError
from adoption.keeping.keep import Existing, Kept
from adoption.keeping.keep_cluster import keep_cluster
from adoption.keeping.keep_companions import keep_companions
from adoption.keeping.keep_network import keep_network
from adoption.keeping.keep_release import keep_release
from adoption.writing.environment_file import with_settings
from adoption.writing.yaml_text import as_yaml
from config.core.problems import ConfigurationError, shown_path
from config.imports import imports_of
from config.loading import load_environments
from config.place import OwnCluster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adoption.comparing.stack_resources import Stacks
    from adoption.reading.state_model import StateObject
    from config.environment import Environment

VALUES_HEADER: Final = """\
# The values of a release that was taken over, all of them, as they were given to it.
# Move what is of use into the environment's settings, then remove this file with kube_prom_stack.release_values_file.
"""


def environment_named(values: Path, name: str) -> Environment:
    """Return the environment.

    Raises:
        AdoptionError: There is nothing that it could take over.
    """
    # The plan that follows shows the notices, of the settings as they are then.
    loaded = load_environments(values / "environments", shows_notices=False)
    environments = {environment.name: environment for environment in loaded}
    if name not in environments:
        raise AdoptionError([f"{name} is no environment; there are: {', '.join(environments)}"])
    environment = environments[name]
    if not isinstance(environment.place, OwnCluster):
        raise AdoptionError([f"{name} has a cluster that is managed elsewhere; there is nothing to take over"])
    return environment


def keep_by_settings(
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


def keep_by_overrides(
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
        return environment_named(copy, name)


def _without_release_values(environment: Environment) -> Environment:
    # The file is not written yet, and does not matter to what is found.
    update = {"release_values_file": None, "release_secrets": None}
    stack = environment.kube_prom_stack.model_copy(update=update)
    return environment.model_copy(update={"kube_prom_stack": stack})
