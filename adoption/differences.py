"""What taking an object over would change of it, by the stacks' JSON and the states: in place, or by replacing it.

A plan tells exactly; this tells before anything is written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adoption.kinds import KINDS
from adoption.objects import first
from adoption.stacks import UNKNOWN, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adoption.matching import Match
    from adoption.stacks import Stacks

# What may hold secrets is said to change, not how.
HIDDEN: Final = ("data", "set", "set_sensitive", "values")
NEW: Final = "(of something new)"
POLICY: Final = "data.aws_iam_policy_document."
# What the provider takes where the stacks say nothing; another value in the state would replace the object.
IMPLIED: Final = {"aws_iam_role": {"path": "/"}}
ADDED_IN_PLACE: Final = ("encryption_config",)


@dataclass(frozen=True)
class Change:
    """An attribute before and after; `replaces` says that AWS or Kubernetes cannot change it in place."""

    attribute: str
    before: Any
    after: Any
    replaces: bool


def changes_of(match: Match, stacks: Stacks) -> list[Change]:
    """Return what would change of an object."""
    return [*_Comparison(match, stacks).changes(), *_tag_changes(match, stacks)]


@dataclass(frozen=True)
class _Comparison:
    match: Match
    stacks: Stacks

    def changes(self) -> Iterator[Change]:
        arguments = {**IMPLIED.get(self.match.resource.type, {}), **self.match.resource.arguments()}
        for attribute, configured in arguments.items():
            if attribute == "tags" or attribute not in self.match.object.attributes:
                continue
            actual = self.match.object.attributes[attribute]
            value = self.stacks.value(self.match.resource.stack, configured)
            yield from self._compare(attribute, configured, value, actual)

    def _compare(self, path: str, configured: Any, value: Any, actual: Any) -> Iterator[Change]:  # noqa: ANN401 - JSON
        if any(path == ignored.replace("[0]", "") for ignored in self.match.resource.ignored()):
            return
        if value is UNKNOWN:
            yield from self._compare_unknown(path, configured, actual)
        elif isinstance(value, dict) and first(actual):
            for key, item in value.items():
                yield from self._compare(f"{path}.{key}", configured[key], item, first(actual).get(key))
        elif not _same(value, actual):
            is_addition = path in ADDED_IN_PLACE and not actual
            yield self._change(path, actual, value, replaces=self._is_fixed(path) and not is_addition)

    def _compare_unknown(self, path: str, configured: Any, actual: Any) -> Iterator[Change]:  # noqa: ANN401 - JSON
        if isinstance(configured, str) and POLICY in configured:
            yield Change(path, "(policy)", "(policy; the plan shows it)", replaces=False)
        elif self._is_fixed(path):
            yield self._change(path, actual, NEW, replaces=True)

    def _is_fixed(self, path: str) -> bool:
        return any(path == fixed or path.startswith(f"{fixed}.") for fixed in KINDS[self.match.resource.type].fixed)

    def _change(self, path: str, before: Any, after: Any, *, replaces: bool) -> Change:  # noqa: ANN401 - JSON
        if path.partition(".")[0] in HIDDEN:
            before, after = "(hidden)", "(hidden)"
        return Change(path, before, _without_unknown(after), replaces)


def _tag_changes(match: Match, stacks: Stacks) -> Iterator[Change]:
    if "tags_all" not in match.object.attributes:
        return
    providers = stacks.documents[match.resource.stack].get("provider", {}).get("aws") or [{}]
    defaults = first(first(providers).get("default_tags")).get("tags") or {}
    wanted = {**defaults, **stacks.value(match.resource.stack, match.resource.config.get("tags") or {})}
    actual = match.object.attributes["tags_all"] or match.object.attributes.get("tags") or {}
    for key in sorted({*wanted, *actual}):
        if wanted.get(key) != actual.get(key):
            yield Change(f"tags.{key}", actual.get(key), wanted.get(key), replaces=False)


def _same(value: Any, actual: Any) -> bool:  # noqa: ANN401 - JSON
    if value in (None, [], {}, "") and actual in (None, [], {}, ""):
        return True
    if isinstance(value, list) and isinstance(actual, list):
        return _sorted(value) == _sorted(actual)
    if isinstance(value, dict):
        return bool(actual) and all(_same(item, at(actual, key)) for key, item in value.items())
    if isinstance(value, str) and isinstance(actual, str) and value.startswith("{") and actual.startswith("{"):
        return bool(json.loads(value) == json.loads(actual))
    return _text(value) == _text(actual)


def _sorted(items: list[Any]) -> list[str]:
    return sorted(_text(item) for item in items)


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return value.removeprefix("https://")
    return json.dumps(value, sort_keys=True, default=str)


def _without_unknown(value: Any) -> Any:  # noqa: ANN401 - JSON
    if value is UNKNOWN:
        return NEW
    if isinstance(value, dict):
        return {key: _without_unknown(item) for key, item in value.items()}
    return [_without_unknown(item) for item in value] if isinstance(value, list) else value
