"""What taking an object over would change of it: every argument of the schema, in the stacks and in the state.

A plan is exact; this is known before anything is written, and what keeps each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from adoption.comparing.equality import in_order, is_default, is_same
from adoption.comparing.in_place import reason_of
from adoption.comparing.stack_resources import UNKNOWN, at, is_known
from adoption.provider.comparison import COMPUTED_BLOCKS, OF_A_RELEASE, OF_TERRAFORM, SAID_TWICE
from adoption.provider.provider_schema import is_configurable, schema_of
from adoption.reading.objects import first
from config.core.resource_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adoption.comparing.matching import Match
    from adoption.comparing.stack_resources import Resource, Stacks

# What may hold secrets is reported as changed, without its values, and never written to a file.
HIDDEN: Final = ("binary_data", "data", "set", "set_sensitive", "values")
NEW: Final = "(of something new)"
CANNOT_BE_KEPT: Final = object()
_NOT_COMPARED: Final = ("id", "region", "tags", "tags_all", *OF_TERRAFORM)


@dataclass(frozen=True)
class Change:
    """An argument before and after; `replaces` says that AWS or Kubernetes cannot change it in place.

    `keeps` is the value of an override that would leave the object as it is, `reason` says why the change is wanted.
    """

    attribute: str
    before: Any
    after: Any
    replaces: bool
    keeps: Any = CANNOT_BE_KEPT
    reason: str | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether the change is on the short list of those that adoption makes."""
        return self.reason is not None and not self.replaces


def changes_of(match: Match, stacks: Stacks) -> list[Change]:
    """Return what would change of an object."""
    comparison = _Comparison(match, stacks)
    schema = schema_of(match.resource.type)
    if schema is None:
        return []
    found = [
        *comparison.of_block(schema, match.resource.arguments(), match.object.attributes, ""),
        *comparison.of_tags(),
    ]
    return [_with_reason(change, match) for change in found]


def _with_reason(change: Change, match: Match) -> Change:
    reason = reason_of(match.resource.type, change.attribute, change.before, change.after)
    hidden = change.attribute.partition(".")[0] in HIDDEN
    shown = ("(hidden)", "(hidden)") if hidden else (change.before, _without_unknown(change.after))
    keeps = CANNOT_BE_KEPT if hidden else change.keeps
    return replace(change, before=shown[0], after=shown[1], keeps=keeps, reason=reason)


def is_compared(resource: Resource, path: str) -> bool:
    """Whether an argument is of the object: others are Terraform's own, say the same as another one, or are ignored."""
    return not (
        path.partition(".")[0] in _NOT_COMPARED
        or path.rpartition(".")[2] in _NOT_COMPARED
        or path in SAID_TWICE.get(resource.type, ())
        or (resource.type == "helm_release" and path not in OF_A_RELEASE)
        or any(path == ignored.replace("[0]", "") for ignored in resource.ignored())
    )


@dataclass(frozen=True)
class _Comparison:
    match: Match
    stacks: Stacks

    def of_block(
        self, schema: Mapping[str, Any], configured: Mapping[str, Any], actual: Mapping[str, Any], prefix: str
    ) -> Iterator[Change]:
        for name, (_, flags) in schema["attributes"].items():
            path = f"{prefix}{name}"
            if is_configurable(flags) and not self._is_left_out(path) and name in actual:
                yield from self._of_attribute(path, flags, configured.get(name), actual[name])
        for name, (_, inner, most) in schema["blocks"].items():
            path = f"{prefix}{name}"
            if name in actual and not self._is_left_out(path):
                for change in self._of_blocks(path, inner, configured.get(name), actual[name]):
                    is_listed = isinstance(configured.get(name), list)
                    is_whole = change.attribute == path and isinstance(change.keeps, list) and not is_listed
                    yield replace(change, keeps=_as_arguments(inner, most, change.keeps)) if is_whole else change

    def _is_left_out(self, path: str) -> bool:
        return not is_compared(self.match.resource, path)

    def _of_attribute(self, path: str, flags: str, configured: Any, actual: Any) -> Iterator[Change]:  # noqa: ANN401 - JSON
        if configured is None:
            if "c" not in flags and actual is None and self._is_fixed(path) and at(self.match.object.raw, path) == []:
                # Providers distinguish an empty list from none where another one replaces the object.
                yield self._change(path, [], None, [])
            elif "c" not in flags and not is_default(self.match.resource.type, path, actual):
                yield self._change(path, actual, None, actual)
            return
        value = self.stacks.value(self.match.resource.stack, configured)
        if not is_known(value):
            if not _is_policy(configured) or self._is_fixed(path) or actual is not None:
                yield self._change(path, actual, value, actual)
        elif not is_same(value, actual):
            # A computed number that is 0 was never given.
            left_out = None if "c" in flags and actual == 0 and not isinstance(actual, bool) else actual
            if path == "disk_size" and self.match.object.attributes.get("launch_template"):
                # A launch template says it, and EKS takes it from one place only.
                left_out = None
            keeps = CANNOT_BE_KEPT if actual is None and "r" in flags else left_out
            yield self._change(path, actual, value, keeps)

    def _of_blocks(self, path: str, schema: Mapping[str, Any], configured: Any, actual: Any) -> Iterator[Change]:  # noqa: ANN401 - JSON
        blocks = [one for one in actual if isinstance(one, dict)] if isinstance(actual, list) else []
        there = [self._reduced(schema, one, path) for one in blocks]
        there = [one for one in there if one]
        if not configured:
            if there and path not in COMPUTED_BLOCKS.get(self.match.resource.type, ()):
                yield self._change(path, there, None, [self._with_empty_lists(one, schema, path) for one in there])
        elif isinstance(configured, dict) and len(blocks) == 1:
            yield from self.of_block(schema, configured, blocks[0], f"{path}.")
        elif not self._is_the_only_one(path, schema, configured, blocks):
            value = self.stacks.value(self.match.resource.stack, configured)
            wanted = [value] if isinstance(value, dict) else value
            reduced = [self._reduced(schema, one, path) for one in wanted]
            if not is_known(reduced) or in_order(reduced) != in_order(there):
                yield self._change(path, there or None, value, there or None)

    def _is_the_only_one(
        self, path: str, schema: Mapping[str, Any], configured: Sequence[Any], blocks: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Whether a list of one block is the block that exists; CDK Terrain lists also what there may be one of."""
        if len(configured) != 1 or len(blocks) != 1 or not isinstance(configured[0], dict):
            return False
        return not any(self.of_block(schema, configured[0], blocks[0], f"{path}."))

    def _reduced(self, schema: Mapping[str, Any], block: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Return a block without what a configuration need not say."""
        type_ = self.match.resource.type
        found: dict[str, Any] = {}
        for name, (kind, flags) in schema["attributes"].items():
            value: Any = block.get(name)
            below = f"{path}.{name}"
            if (
                is_configurable(flags)
                and below not in SAID_TWICE.get(type_, ())
                and not is_default(type_, below, value)
            ):
                found[name] = sorted(value) if kind == ["set", "string"] and is_known(value) else value
        for name, (_, inner, _) in schema["blocks"].items():
            value = block.get(name) or []
            inside = [
                self._reduced(inner, one, f"{path}.{name}") for one in ([value] if isinstance(value, dict) else value)
            ]
            if any(inside):
                found[name] = [one for one in inside if one]
        return found

    def _with_empty_lists(self, block: dict[str, Any], schema: Mapping[str, Any], path: str) -> dict[str, Any]:
        if not self._is_fixed(path):
            return block
        raw = first(at(self.match.object.raw, path))
        return {**{name: [] for name in schema["attributes"] if raw.get(name) == []}, **block}

    def _is_fixed(self, path: str) -> bool:
        return any(path == fixed or path.startswith(f"{fixed}.") for fixed in KINDS[self.match.resource.type].fixed)

    def _change(self, path: str, before: Any, after: Any, keeps: Any) -> Change:  # noqa: ANN401 - JSON
        is_addition = path in ADDED_IN_PLACE and not before
        return Change(path, before, after, self._is_fixed(path) and not is_addition, keeps)

    def of_tags(self) -> Iterator[Change]:
        """Yield each tag that changes; what keeps one is all of them."""
        attributes = self.match.object.attributes
        if "tags_all" not in attributes:
            return
        providers = self.stacks.documents[self.match.resource.stack].get("provider", {}).get("aws") or [{}]
        defaults = first(first(providers).get("default_tags")).get("tags") or {}
        own = self.stacks.value(self.match.resource.stack, self.match.resource.config.get("tags") or {})
        wanted = {**defaults, **own}
        there = {**(attributes["tags_all"] or {}), **(attributes.get("tags") or {})}
        actual = {key: value for key, value in there.items() if not key.startswith("aws:")}
        keeps = {**own, **{key: value for key, value in actual.items() if defaults.get(key) != value or key in own}}
        for key in sorted({*wanted, *actual}):
            if wanted.get(key) != actual.get(key):
                yield Change(f"tags.{key}", actual.get(key), wanted.get(key), replaces=False, keeps=keeps)


ADDED_IN_PLACE: Final = ("encryption_config",)


def _as_arguments(schema: Mapping[str, Any], most: int, blocks: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - JSON
    """Return blocks as an override has them: the only one that there may be without a list."""
    found = []
    for block in blocks:
        inside = {
            name: _as_arguments(inner, most_inside, block[name])
            for name, (_, inner, most_inside) in schema["blocks"].items()
            if name in block
        }
        found.append({**block, **inside})
    return found[0] if most == 1 and len(found) == 1 else found


def _is_policy(configured: object) -> bool:
    return isinstance(configured, str) and "data.aws_iam_policy_document." in configured


def _without_unknown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if value is UNKNOWN:
        return NEW
    if isinstance(value, dict):
        return {key: _without_unknown(item) for key, item in value.items()}
    return [_without_unknown(item) for item in value] if isinstance(value, list) else value
