"""The environments of tests/data, which give every setting between them, and what settings there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import yaml

from config.core.settings import Settings
from config.environment import Environment
from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = ROOT / "tests" / "data"
EVERYTHING_FILE = DATA / "everything.yaml"
# The others have what excludes settings of `everything`: other choices, an existing cluster, one outside of EKS.
FILES = (
    EVERYTHING_FILE,
    DATA / "another.yaml",
    DATA / "existing.yaml",
    DATA / "inside.yaml",
    DATA / "other.yaml",
    DATA / "outside.yaml",
)

Setting = tuple[type[Settings], str]


def read_environment(file: Path) -> Environment:
    """Return the environment of a file."""
    return Environment.model_validate_json(json.dumps(yaml.safe_load(file.read_text("utf-8"))))


def read_as_text(file: Path) -> Any:
    """Return what a YAML file holds with every scalar as it is written: 0x240 is no number, but 241 samples."""
    return yaml.load(file.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 (it makes texts, lists and mappings only)


def given_settings(value: object) -> Iterator[Setting]:
    """Yield the settings that are given in a model and below it, by their class."""
    if isinstance(value, Settings):
        for name in value.model_fields_set:
            yield type(value), name
            yield from given_settings(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from given_settings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from given_settings(item)


def every_setting(*models: type[Settings]) -> set[Setting]:
    """Return the settings of models and of all models below them."""
    found: dict[type[Settings], None] = {}
    waiting = list(models)
    while waiting:
        model = waiting.pop()
        if model not in found:
            found[model] = None
            for field in model.model_fields.values():
                waiting.extend(_models_in(field.annotation))
    return {(model, name) for model in found for name in model.model_fields}


def _models_in(annotation: object) -> Iterator[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
