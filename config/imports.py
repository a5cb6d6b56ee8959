"""What an environment takes over: existing objects that its stacks import.

The file `values/imports/<environment>.yaml` says it; `python -m adoption` writes that file. Once every stack has been
applied it does nothing and can go.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, ValidationError

from config.core.files.text_files import exists
from config.core.files.yaml_source import read_yaml
from config.core.messages import problems_of
from config.core.problems import ConfigurationError, LocatedProblem
from config.core.settings import Settings
from config.core.types import StackName, text
from config.paths import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from config.core.files.yaml_nodes import Document

FOLDER: Final = "imports"

ConstructPath = Annotated[str, *text(r"[\w-]+(?:/[\w.:-]+)*", "the path of a construct below its stack, like vpc/this")]
ImportId = Annotated[str, Field(min_length=1, max_length=2048)]
OutputValue = str | tuple[str, ...]


class Imports(Settings):
    """Objects that the stacks take over, and what the stacks will publish of them."""

    imports: dict[StackName, dict[ConstructPath, ImportId]] = Field(
        default={}, description="Import ids, as Terraform has them, by stack and path of the construct."
    )
    outputs: dict[StackName, dict[str, OutputValue]] = Field(
        default={},
        description="Outputs that are known beforehand, by stack: plans take them while the stack was never applied.",
    )


def imports_of(environment: str, directory: Path = VALUES) -> Imports:
    """Return what an environment takes over: nothing if it has no file.

    Raises:
        ConfigurationError: Something is wrong in the file.

    """
    document = _read(environment, directory)
    if document is None:
        return Imports()
    problems = list(document.problems)
    found = Imports()
    if document.root is not None:
        try:
            found = Imports.model_validate_json(json.dumps(document.root.plain()))
        except ValidationError as error:
            problems.extend(problems_of(error, document, Imports))
    if problems:
        raise ConfigurationError(problems)
    return found


def known_outputs(environment: str, stack: str, directory: Path = VALUES) -> dict[str, str | list[str]]:
    """Return what a stack will publish of the objects that it takes over, for plans while it was never applied."""
    outputs = imports_of(environment, directory).outputs.get(stack, {})
    return {name: value if isinstance(value, str) else list(value) for name, value in outputs.items()}


def problems_of_imports(environments: Iterable[str], directory: Path) -> Iterator[LocatedProblem]:
    """Yield what is wrong with the files of the environments, and files that are none's."""
    names = tuple(environments)
    for path in sorted((directory / FOLDER).glob("*")):
        if path.suffix != ".yaml" or path.stem not in names:
            message = f"belongs to no environment; there are: {', '.join(names)}"
            yield LocatedProblem(_file_name(path.name, directory), 1, "file", message)
    for name in names:
        try:
            imports_of(name, directory)
        except ConfigurationError as error:
            yield from error.problems


def problem_of_import(
    environment: str, location: tuple[str, ...], message: str, directory: Path = VALUES
) -> LocatedProblem:
    """Return a problem of an import, or of a stack's imports, at its line."""
    document = _read(environment, directory)
    if document is None:
        return LocatedProblem(_file_name(f"{environment}.yaml", directory), 1, "/".join(location), message)
    return document.problem(("imports", *location), message)


def _read(environment: str, directory: Path) -> Document | None:
    path = directory / FOLDER / f"{environment}.yaml"
    return read_yaml(path, _file_name(path.name, directory)) if exists(path) else None


def _file_name(name: str, directory: Path) -> str:
    return f"{directory.name}/{FOLDER}/{name}"
