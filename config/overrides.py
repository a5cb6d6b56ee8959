"""Overrides: arguments of single resources, by stack and path of the construct, where no setting exists.

They are in the environment file under `overrides` and win over every setting. Each has the name and the type that
the provider's schema gives to the argument; `stacks/overrides.py` checks that, as only the resources know their types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import JsonValue

from config.core.files.yaml_source import read_yaml
from config.core.types import StackName, text
from config.imports import ConstructPath
from config.paths import ENVIRONMENTS

if TYPE_CHECKING:
    from config.core.problems import LocatedProblem, Location

SETTING: Final = "overrides"

ArgumentPath = Annotated[
    str,
    *text(
        r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*",
        "an argument as in the provider's schema, like remote_access or vpc_config.security_group_ids",
    ),
]
Overrides = dict[StackName, dict[ConstructPath, dict[ArgumentPath, JsonValue]]]


def problem_of_override(environment: str, location: Location, message: str) -> LocatedProblem:
    """Return a problem of an override at its line in the environment file."""
    path = ENVIRONMENTS / f"{environment}.yaml"
    document = read_yaml(path, f"{ENVIRONMENTS.parent.name}/{ENVIRONMENTS.name}/{path.name}")
    return document.problem((SETTING, *location), message)
