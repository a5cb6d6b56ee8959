"""Lays the user's values files over what settings make: mappings key by key, and lists behind the project's own.

Helm would replace a list, and with it every entry that a setting put there: mounted secrets, data sources, scrape jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.problems import shown
from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import JsonValue

    from config.core.problems import Location
    from constructs.helm.helm_values import Values

# Entries of a list that have one of these in common would be two of the same.
IDENTITIES = ("name", "job_name", "mountPath", "uid")
ALLOW_LIST = ("kube-state-metrics", "metricLabelsAllowlist")


class UserValues:
    """The composed values, file by file; `problems` has what does not fit to the project's, by file."""

    def __init__(self, project: Values) -> None:
        self.project = project
        self.values = project
        self.problems: dict[str, list[Problem]] = {}

    def add_shared(self, name: str, values: Values) -> None:
        """Put a file below the settings: its lists are added to the project's, its other values give way to them."""
        self.values = self._laid_over(name, self.values, values, self.project, (), gives_way=True)

    def add_overlay(self, name: str, values: Values) -> None:
        """Lay a file over the settings: its lists are added to the project's, its other values win."""
        self.values = self._laid_over(name, self.values, values, self.project, (), gives_way=False)

    def _laid_over(
        self, name: str, below: Values, over: Values, project: Values, location: Location, *, gives_way: bool
    ) -> Values:
        result = dict(below)
        for key, value in over.items():
            here = (*location, key)
            own, present = project.get(key), result.get(key)
            if isinstance(own, dict) and not isinstance(value, dict):
                self._complain(name, here, "is not a mapping; it would take away what settings put below it")
            elif isinstance(own, list) and not isinstance(value, list):
                self._complain(name, here, "is not a list; a list is added to the project's own entries")
            elif isinstance(own, list) and isinstance(value, list):
                result[key] = self._extended(name, present if isinstance(present, list) else [], value, here)
            elif isinstance(present, dict) and isinstance(value, dict):
                below_own = own if isinstance(own, dict) else {}
                result[key] = self._laid_over(name, present, value, below_own, here, gives_way=gives_way)
            elif key not in project or not gives_way:
                result[key] = value
        return result

    def _extended(
        self, name: str, entries: list[JsonValue], more: list[JsonValue], location: Location
    ) -> list[JsonValue]:
        if location == ALLOW_LIST:
            return [*merged_allow_lists(map(str, [*entries, *more]))]
        result = list(entries)
        for position, item in enumerate(more):
            if item in result:
                continue
            identity = next((key for key in IDENTITIES if _clash(item, key, entries)), None)
            if identity is not None and isinstance(item, dict):
                message = f"{shown(item[identity])} is the {identity} of an entry of the project's; choose another"
                self._complain(name, (*location, position, identity), message)
            result.append(item)
        return result

    def _complain(self, name: str, location: Location, message: str) -> None:
        self.problems.setdefault(name, []).append(Problem(location, message))


def _clash(item: JsonValue, key: str, entries: Sequence[JsonValue]) -> bool:
    if not isinstance(item, dict) or key not in item:
        return False
    return any(isinstance(entry, dict) and entry.get(key) == item[key] for entry in entries)


def merged_allow_lists(items: Iterable[str]) -> list[str]:
    """Join what kube-state-metrics gets for each resource, like `pods=[app,team]`: it takes the last one only."""
    labels: dict[str, list[str]] = {}
    for item in items:
        resource, _, names = item.partition("=")
        known = labels.setdefault(resource, [])
        known.extend(name for name in names.strip("[]").split(",") if name not in known)
    return [f"{resource}=[{'*' if '*' in names else ','.join(names)}]" for resource, names in labels.items()]
