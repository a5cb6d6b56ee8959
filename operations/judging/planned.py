"""A plan as its judge reads it: each resource before and after, and what exists around it.

Format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from operations.judging.verdict import Effect, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Values = dict[str, Any]


@dataclass(frozen=True)
class Object:
    """An object that exists: its type and attributes."""

    type: str
    values: Values


@dataclass(frozen=True)
class Planned:
    """One resource of a plan; `before` and `after` are empty where it does not exist yet, or no longer."""

    address: str
    type: str
    actions: tuple[str, ...]
    before: Values
    after: Values
    unknown: Values = field(default_factory=dict)
    replace_paths: tuple[str, ...] = ()
    action_reason: str = ""

    @property
    def is_created(self) -> bool:
        """Whether it did not exist before."""
        return self.actions == ("create",)

    @property
    def is_updated(self) -> bool:
        """Whether it is changed in place."""
        return self.actions == ("update",)

    @property
    def is_deleted(self) -> bool:
        """Whether it goes, and nothing takes its place under its address."""
        return self.actions == ("delete",)

    @property
    def is_replaced(self) -> bool:
        """Whether another object takes its place."""
        return set(self.actions) == {"create", "delete"}

    @property
    def is_created_first(self) -> bool:
        """Whether the object that takes its place is made before it goes."""
        return self.actions == ("create", "delete")

    @property
    def reason(self) -> str:
        """Why it is replaced or goes, as far as Terraform says it."""
        if self.replace_paths:
            return f"forced by {', '.join(self.replace_paths)}"
        return self.action_reason.replace("_", " ")

    def changed(self, attribute: str) -> bool:
        """Whether an attribute has another value, or may have."""
        return bool(self.unknown.get(attribute)) or self.before.get(attribute) != self.after.get(attribute)

    def changed_attributes(self) -> list[str]:
        """Name the attributes that have another value, without those that only AWS sets."""
        known = sorted(set(self.before) | set(self.after))
        return [name for name in known if self.before.get(name) != self.after.get(name)]

    def verdict(self, effect: Effect, what: str, *, way: str = "") -> Verdict:
        """Judge this change."""
        return Verdict(self.address, effect, what, self.reason, way)


class Plan:
    """A plan of one stack, and the objects of the other stacks of its environment as far as they are known.

    In a destruction everything goes: what uses an object goes before it, in this stack and in the others.
    """

    def __init__(self, plan: Mapping[str, Any], others: Iterable[Object] = (), *, is_destruction: bool = False) -> None:
        self.is_destruction = is_destruction
        entries = plan.get("resource_changes", [])
        self.resources = tuple(_planned(entry) for entry in entries if entry.get("mode", "managed") == "managed")
        self._others = others

    @cached_property
    def others(self) -> tuple[Object, ...]:
        """What exists in other stacks, looked up where a rule asks for it."""
        return tuple(self._others)

    def of_type(self, type_: str) -> Iterator[Planned]:
        """Yield the resources of a type, those that do not change included."""
        return (resource for resource in self.resources if resource.type == type_)

    def users_of(self, value: str) -> Iterator[str]:
        """Name what still names a value, e.g. an id, once the plan is applied."""
        for resource in self.resources:
            if resource.after and names(resource.after, value):
                yield resource.address
        for other in self.others:
            if names(other.values, value):
                yield f"{other.type} {other.values.get('name') or other.values.get('id')}"

    def is_used_by_what_goes(self, value: str) -> bool:
        """Whether everything that names a value is deleted with it, and something does name it."""
        going = [one for one in self.resources if one.is_deleted and names(one.before, value, of_itself=False)]
        return bool(going) and not any(self.users_of(value))

    @cached_property
    def deleted_ids(self) -> frozenset[str]:
        """The ids of what is deleted."""
        return frozenset(str(one.before.get("id")) for one in self.resources if one.is_deleted)


OWN = ("id", "arn", "name")
"""Attributes by which an object names itself."""


def names(values: Values, wanted: str, *, of_itself: bool = False) -> bool:
    """Whether an object names a value, in any text of its attributes; its own id, ARN and name do not count."""
    return any(wanted in json.dumps(value) for key, value in values.items() if of_itself or key not in OWN)


def objects_of(plan: Mapping[str, Any]) -> tuple[Object, ...]:
    """Return what existed when a plan was made."""
    root = plan.get("prior_state", {}).get("values", {}).get("root_module", {})
    return tuple(
        Object(entry["type"], entry["values"]) for entry in root.get("resources", []) if entry["mode"] == "managed"
    )


def first_plan(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Terraform JSON of a stack as a plan that makes everything in it."""
    resources = configuration.get("resource", {})
    created = {"actions": ["create"], "before": None}
    return {
        "resource_changes": [
            {"address": f"{type_}.{name}", "type": type_, "mode": "managed", "change": {**created, "after": body}}
            for type_, bodies in resources.items()
            for name, body in bodies.items()
        ]
    }


def objects_of_state(state: Mapping[str, Any]) -> Iterator[Object]:
    """Yield what a state has, in its own format: https://developer.hashicorp.com/terraform/internals/json-format."""
    for resource in state.get("resources", []):
        if resource["mode"] == "managed":
            for instance in resource["instances"]:
                yield Object(resource["type"], instance["attributes"])


def _planned(entry: Mapping[str, Any]) -> Planned:
    change = entry["change"]
    paths = {".".join(map(str, path)) for path in change.get("replace_paths", [])}
    return Planned(
        address=entry["address"],
        type=entry["type"],
        actions=tuple(change["actions"]),
        before=change["before"] or {},
        after=change["after"] or {},
        unknown=change.get("after_unknown") or {},
        replace_paths=tuple(sorted(paths)),
        action_reason=entry.get("action_reason", ""),
    )
