"""Loads the environments under `values/environments/`, and reports every problem of every file at once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from config.backend import CloudBackend
from config.core.files.text_files import exists
from config.core.files.yaml_source import read_yaml
from config.core.messages import problems_of
from config.core.problems import WHOLE_FILE, ConfigurationError, LocatedProblem, show_notice, shown
from config.core.renaming import rename_settings
from config.environment import Environment
from config.imports import problems_of_imports
from config.monitoring.alerting.template_files import problems_of_templates
from config.monitoring.chart_release import VALUES_FILE_PATTERN
from config.monitoring.grafana.dashboard_files import problems_of_dashboards
from config.monitoring.prometheus.rule_files import problems_of_rule_files
from config.monitoring.values.values_files import SHARED_VALUES_FILE, problems_of_values
from config.notices import notices_of
from config.policy.pack_files import own_files
from config.values.named_files import problems_of_named_files
from config.values.stray_files import problems_of_stray_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from config.core.files.yaml_nodes import Document

__all__ = ["ConfigurationError", "load_environments"]

_VALUES_FILES: Final = ("kube_prom_stack", "values_files")
# Settings that name files below `values/`.
_NAMING_SETTINGS: Final = (
    _VALUES_FILES,
    ("kube_prom_stack", "release_values_file"),
    ("kube_prom_stack", "managed_prometheus", "alert_manager", "definition_file"),
)


@dataclass(frozen=True)
class _Loaded:
    """A file, and the environment that it describes unless it has problems."""

    document: Document
    environment: Environment | None


def load_environments(
    directory: Path, *, today: date | None = None, shows_notices: bool = True
) -> tuple[Environment, ...]:
    """Return the environments of a directory, sorted by name; files that start with a dot are left out.

    `today` decides which Kubernetes versions are supported. Default: the date in UTC. Notices go to the standard error,
    unless the files are those of a trial.

    Raises:
        ConfigurationError: Something is wrong in any file; the error's text has one problem a line.

    """
    problems: list[LocatedProblem] = []
    loaded = [_load(path, problems, today) for path in _environment_files(directory, problems)]
    problems.extend(_clashes(loaded))
    problems.extend(_problems_of_values_files(loaded, directory.parent))
    problems.extend(problems_of_imports((one.environment.name for one in loaded if one.environment), directory.parent))
    problems.extend(problems_of_rule_files(directory.parent / "rules"))
    problems.extend(problems_of_dashboards(directory.parent / "dashboards"))
    problems.extend(_problems_of_packs(directory.parent))
    problems.extend(problems_of_templates(directory.parent / "alertmanager"))
    problems.extend(problems_of_stray_files(directory.parent, _named_files(loaded)))
    for one in loaded:
        if one.environment is not None:
            problems.extend(problems_of_named_files(one.document, one.environment, directory.parent))
    if shows_notices:
        for one in loaded:
            for notice in one.document.notices:
                show_notice(str(notice))
    if problems:
        raise ConfigurationError(problems)
    return tuple(one.environment for one in loaded if one.environment is not None)


def _problems_of_packs(values: Path) -> Iterable[LocatedProblem]:
    if not own_files(values):
        return ()
    from config.policy.packs import problems_of_packs  # noqa: PLC0415 (10 ms that only own packs pay)

    return problems_of_packs(values)


def _environment_files(directory: Path, problems: list[LocatedProblem]) -> list[Path]:
    try:
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        problems.append(LocatedProblem(_file_name(directory), 1, WHOLE_FILE, f"cannot be read: {error.strerror}"))
        return []
    files = []
    for path in paths:
        if path.suffix == ".yaml":
            files.append(path)
        elif path.suffix.lower() in (".yaml", ".yml"):
            message = "is not read; name it <environment>.yaml"
            problems.append(LocatedProblem(_file_name(directory, path.name), 1, WHOLE_FILE, message))
    if not files and not problems:
        message = "has no environment; write one to <name>.yaml"
        problems.append(LocatedProblem(_file_name(directory), 1, WHOLE_FILE, message))
    return files


def _file_name(directory: Path, name: str = "") -> str:
    """Return the path of a file of the directory, or of the directory, from the project's root."""
    path = PurePath(directory.parent.name, directory.name, name).as_posix()
    return path if path.isprintable() else ascii(path)


def _load(path: Path, problems: list[LocatedProblem], today: date | None) -> _Loaded:
    document = read_yaml(path, _file_name(path.parent, path.name))
    rename_settings(document, Environment)
    _rename_workloads(document)
    found = list(document.problems)
    environment = None
    if document.root is not None:
        try:
            data = json.dumps(document.root.plain())
            environment = Environment.model_validate_json(data, context={"today": today})
            for notice in notices_of(environment, today or datetime.now(tz=UTC).date()):
                document.notices.append(document.problem(notice.location, notice.message))
        except ValidationError as error:
            found.extend(problems_of(error, document, Environment))
        found.extend(_problems_of_name(document, path.stem))
    problems.extend(found)
    return _Loaded(document, None if found else environment)


def _rename_workloads(document: Document) -> None:
    workloads = document.node_at(("workloads",))
    if workloads is not None and isinstance(workloads.content, dict):
        from config.workloads.workloads import Workload  # noqa: PLC0415 (30 ms that only workloads pay)

        for name in workloads.content:
            rename_settings(document, Workload, ("workloads", name))


def _problems_of_name(document: Document, stem: str) -> Iterator[LocatedProblem]:
    name = document.node_at(("name",))
    if name is not None and isinstance(name.content, str) and name.content != stem:
        message = f"{shown(name.content)} is not the name of the file; rename one, or write {stem}"
        yield document.problem(("name",), message)


def _clashes(loaded: list[_Loaded]) -> Iterator[LocatedProblem]:
    """Yield clusters of one name: everything of an environment but its stacks is named after the cluster.

    Names of stacks and states start with the environment's name, end with one of four that end on no other, and so are
    never the same; those of workspaces may be, behind different prefixes.
    """
    earlier: list[_Loaded] = []
    for one in loaded:
        if one.environment is None:
            continue
        for other in earlier:
            if other.environment is not None and _workspaces(one.environment) == _workspaces(other.environment):
                message = f"gives workspaces the names of those of environment {other.environment.name}"
                yield one.document.problem(("backend", "workspace_prefix"), message)
            if other.environment is not None and _may_collide(one.environment, other.environment):
                name = one.environment.cluster_name
                message = f"the cluster would be called {name}, like that of environment {other.environment.name}"
                setting = "name" if one.environment.cluster.full_name is None else "full_name"
                yield one.document.problem(("cluster", setting), message)
        earlier.append(one)


def _may_collide(one: Environment, other: Environment) -> bool:
    accounts = {one.account_id, other.account_id}
    return one.cluster_name == other.cluster_name and (None in accounts or len(accounts) == 1)


def _workspaces(environment: Environment) -> tuple[str, ...]:
    """Return what tells the workspaces of an environment from those of others: its own name where it has none."""
    backend = environment.backend
    if not isinstance(backend, CloudBackend):
        return (environment.name,)
    return backend.hostname, backend.organization, f"{backend.workspace_prefix}{environment.name}"


def _named_files(loaded: list[_Loaded]) -> set[str]:
    """Return the texts of the settings that name files, of broken environments as well."""
    named: set[str] = set()
    for one in loaded:
        for location in _NAMING_SETTINGS:
            node = one.document.node_at(location)
            content = None if node is None else node.plain()
            named.update(map(str, content if isinstance(content, list) else [content]))
    return named


def _problems_of_values_files(loaded: list[_Loaded], directory: Path) -> Iterator[LocatedProblem]:
    names = {SHARED_VALUES_FILE: None}
    for one in loaded:
        listed = one.document.node_at(_VALUES_FILES)
        for position, node in enumerate(listed.content if listed and isinstance(listed.content, list) else ()):
            if not isinstance(node.content, str) or not re.fullmatch(VALUES_FILE_PATTERN, node.content, re.ASCII):
                continue
            if exists(directory / node.content):
                names[node.content] = None
            else:
                message = f"{directory.name}/{shown(node.content)[1:-1]} does not exist"
                yield one.document.problem((*_VALUES_FILES, position), message)
    for name in names:
        yield from problems_of_values(name, directory)
