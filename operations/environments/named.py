"""Finds environments by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.loading import load_environments
from config.paths import ENVIRONMENTS
from operations.selection.selection import environment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.environment import Environment


def environments_named(names: Sequence[str] = ()) -> list[Environment]:
    """Return the environments of these names, or all.

    Raises:
        UsageError: There is none of such a name.

    """
    known = {environment.name: environment for environment in load_environments(ENVIRONMENTS)}
    return [known[environment_of(known, name)] for name in names or known]


def environment_named(name: str) -> Environment:
    """Return the environment.

    Raises:
        UsageError: There is none of that name.

    """
    (environment,) = environments_named([name])
    return environment
