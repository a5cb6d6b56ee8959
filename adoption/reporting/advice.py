"""What to do with what no stack takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.addons.cluster_addons import ClusterAddonsSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adoption.adopt import Adoption
    from adoption.reading.state_model import StateObject

# What to do with what no stack takes over, by a part of its type or address; the first that fits counts.
ADVICE: Final = (
    ("autoscaler", "It keeps running. Keep it in the old unit, or move it to a unit of its own."),
    ("service_account", "Nothing here runs as it; delete it with the old unit's last apply."),
    ("secret", "The stacks make a secret of their own; delete this one once nothing reads it."),
    ("helm_release", "It keeps running. Keep it in the old unit, or move it to a unit of its own."),
    ("aws_iam", "Nothing here uses it. Delete it once nothing else does (IAM's last-accessed page shows it)."),
)
IN_USE: Final = "{user} uses it. Keep it in the old unit, or move it to a unit of its own; do not delete it."
DEPOSED: Final = "The old layout's next apply would delete it; it is no longer in use."
OF_AN_ADDON: Final = (
    "It keeps running. Keep it in the old unit; or uninstall it there, then set cluster_addons.{name}.enabled to true."
)
OTHERWISE: Final = "It stays as it is. Keep it in the old unit, or delete it there once nothing uses it."


def left_with_advice(adoption: Adoption) -> list[tuple[StateObject, str]]:
    """Return every object that is left, and what to do with it."""
    users: dict[str, str] = {}
    for found in adoption.matches.found:
        for value in _texts_of(found.object.attributes):
            users.setdefault(value, found.resource.path)
    return [(one, advice(one, users)) for one in adoption.left]


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts_of(item)
    elif isinstance(value, str):
        yield value


def advice(one: StateObject, users: Mapping[str, str]) -> str:
    """Return what to do with an object that no stack takes over; `users` are what was taken over, by what it names."""
    if one.is_deposed:
        return DEPOSED
    names = (one.attributes.get("id"), one.attributes.get("arn"))
    user = next((users[name] for name in names if isinstance(name, str) and name in users), None)
    if user is not None:
        return IN_USE.format(user=user)
    name = str(one.attributes.get("chart") or "").rpartition("/")[2].replace("-", "_")
    if one.type == "helm_release" and name in ClusterAddonsSettings.model_fields:
        return OF_AN_ADDON.format(name=name)
    return next((text for part, text in ADVICE if part in f"{one.type} {one.address}"), OTHERWISE)
