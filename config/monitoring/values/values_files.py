"""Reads the Helm values files under `values/`, and refuses keys that settings or this project decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.files.yaml_source import read_yaml
from config.core.problems import ConfigurationError
from config.monitoring.values.overlays import OWNED_VALUES, problems_of_overlay
from config.paths import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from config.core.files.yaml_nodes import Document
    from config.core.problems import LocatedProblem
    from config.core.settings import Problem

SHARED_VALUES_FILE: Final = "kube-prometheus-stack.yaml"

_documents: Final[dict[Path, Document]] = {}


def read_values(relative_path: str, directory: Path = VALUES) -> dict[str, JsonValue]:
    """Return the content of a values file, which is read once; each call gives a copy of its own.

    Raises:
        ConfigurationError: The file does not exist, is no mapping, or sets what is decided elsewhere.

    """
    document = _read(relative_path, directory)
    problems = list(problems_of_values(relative_path, directory))
    values = None if document.root is None else document.root.plain()
    if problems or not isinstance(values, dict):
        raise ConfigurationError(problems)
    return values


def read_release_values(relative_path: str, directory: Path = VALUES) -> dict[str, JsonValue]:
    """Return the values of a release that was taken over: all of them, decided nowhere else.

    Raises:
        ConfigurationError: The file does not exist or is no mapping.

    """
    document = _read(relative_path, directory)
    problems = list(problems_of_release_values(relative_path, directory))
    values = None if document.root is None else document.root.plain()
    if problems or not isinstance(values, dict):
        raise ConfigurationError(problems)
    return values


def read_text(relative_path: str, directory: Path = VALUES) -> str:
    """Return the text of a file below `values/`."""
    return (directory / relative_path).read_text(encoding="utf-8")


def problems_of_release_values(relative_path: str, directory: Path) -> Iterator[LocatedProblem]:
    """Yield what is wrong with the whole values of a release."""
    document = _read(relative_path, directory)
    yield from document.problems
    if document.root is not None and not isinstance(document.root.content, dict):
        yield document.problem((), "is not a mapping; values are keys and what they hold")


def problems_of_values(relative_path: str, directory: Path) -> Iterator[LocatedProblem]:
    """Yield what is wrong with a values file."""
    document = _read(relative_path, directory)
    yield from problems_of_release_values(relative_path, directory)
    if document.root is None or not isinstance(document.root.content, dict):
        return
    for path, decision in OWNED_VALUES.items():
        yield from _problems_of_owned(document, path, decision)
    for problem in problems_of_overlay(document.root.plain()):
        yield document.problem(problem.location, problem.message)


def values_error(problems: Mapping[str, Iterable[Problem]], directory: Path = VALUES) -> ConfigurationError:
    """Return the error for what is wrong with values files once they meet the settings, by their relative path."""
    return ConfigurationError(
        _read(name, directory).problem(problem.location, problem.message)
        for name, found in problems.items()
        for problem in found
    )


def _problems_of_owned(document: Document, location: tuple[str, ...], decision: str) -> Iterator[LocatedProblem]:
    for depth in range(1, len(location)):
        parent = document.node_at(location[:depth])
        if parent is None:
            return
        if not isinstance(parent.content, dict):
            yield document.problem(location[:depth], "is not a mapping; it would take away what settings put below it")
            return
    if document.node_at(location) is not None:
        yield document.problem(location, decision)


def _read(relative_path: str, directory: Path) -> Document:
    path = directory / relative_path
    if path not in _documents:
        _documents[path] = read_yaml(path, f"{directory.name}/{relative_path}")
    return _documents[path]
