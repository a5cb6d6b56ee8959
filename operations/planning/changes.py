"""What a plan would do, from `terraform show -json`, with every sensitive value hidden.

Format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = "(sensitive)"
UNKNOWN = "(known after apply)"

Kind = Literal["add", "change", "destroy", "replace", "import", "forget", "move"]
KINDS: tuple[Kind, ...] = ("add", "change", "destroy", "replace", "import")
KIND_OF_ACTIONS: dict[tuple[str, ...], Kind] = {
    ("create",): "add",
    ("update",): "change",
    ("delete",): "destroy",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
}


@dataclass(frozen=True)
class Attribute:
    """One changed value, by its path in the resource: what it is and what it will be."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """One resource that a plan touches; an import may change it as well.

    `overrides` are the arguments that the environment's `overrides` give it, in place of settings.
    """

    address: str
    type: str
    kinds: tuple[Kind, ...]
    attributes: tuple[Attribute, ...] = ()
    reason: str = ""
    import_id: str = ""
    moved_from: str = ""
    overrides: tuple[str, ...] = ()
    forced_by: tuple[str, ...] = ()
    before: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Changes:
    """Everything that a plan would do."""

    resources: tuple[Change, ...] = ()
    outputs: tuple[Attribute, ...] = ()

    def marked(self, configuration: dict[str, Any]) -> Changes:
        """Report which arguments of the resources are overrides, by the metadata of the synthesized stack."""
        overrides = {
            f"{type_}.{name}": tuple(resource.get("//", {}).get("overrides", ()))
            for type_, resources in configuration.get("resource", {}).items()
            for name, resource in resources.items()
        }
        marked = (replace(change, overrides=overrides.get(change.address, ())) for change in self.resources)
        return Changes(tuple(marked), self.outputs)

    @property
    def counts(self) -> dict[str, int]:
        """How many resources are added, changed, destroyed, replaced and imported."""
        counted = Counter(kind for change in self.resources for kind in change.kinds)
        return {kind: counted[kind] for kind in KINDS}

    def described_by(self, shown: Changes) -> Changes:
        """Take the attributes of additions from changes that were read in more detail."""
        details = {change.address: change.attributes for change in shown.resources}
        resources = (
            change if change.attributes else replace(change, attributes=details.get(change.address, ()))
            for change in self.resources
        )
        return Changes(tuple(resources), self.outputs)

    def beyond(self, shown: Changes) -> tuple[str, ...]:
        """Name what these do that others, which were shown, do not: `add aws_vpc.main`."""
        known = {(kind, change.address) for change in shown.resources for kind in change.kinds}
        found = [(kind, change.address) for change in self.resources for kind in change.kinds]
        return tuple(f"{kind} {address}" for kind, address in found if (kind, address) not in known)

    @property
    def touched_outputs(self) -> tuple[str, ...]:
        """The names of the outputs that change."""
        return tuple(output.path for output in self.outputs)


def from_plan(plan: dict[str, Any]) -> Changes:
    """Read what a plan would do."""
    found = [_change(entry) for entry in plan.get("resource_changes", [])]
    return Changes(tuple(change for change in found if change.kinds), _outputs(plan))


def from_drift(plan: dict[str, Any]) -> Changes:
    """Read what differs between the state and what exists, from a refresh-only plan."""
    found = [_change(entry) for entry in plan.get("resource_drift", [])]
    return Changes(tuple(change for change in found if change.kinds), _outputs(plan))


def additions(events: Iterable[dict[str, Any]]) -> Changes | None:
    """Read from what `plan -json` prints that resources are only added; None where anything else would change."""
    found = []
    outputs: dict[str, Any] = {}
    for event in events:
        if event["type"] == "planned_change":
            change = event["change"]
            if change["action"] not in ("create", "read", "noop") or "importing" in change:
                return None
            if change["action"] == "create":
                resource = change["resource"]
                found.append(Change(resource["addr"], resource["resource_type"], ("add",)))
        elif event["type"] == "outputs":
            outputs = event["outputs"]
        elif event["type"] == "resource_drift":
            return None
    named = tuple(Attribute(name, None, UNKNOWN) for name in sorted(outputs) if outputs[name].get("action") != "noop")
    return Changes(tuple(found), named)


def _outputs(plan: dict[str, Any]) -> tuple[Attribute, ...]:
    changes = sorted(plan.get("output_changes", {}).items())
    return tuple(_output(name, change) for name, change in changes if change["actions"] != ["no-op"])


def _output(name: str, change: dict[str, Any]) -> Attribute:
    before = _mask(change["before"], change.get("before_sensitive"))
    if change.get("after_unknown") is True:
        return Attribute(name, before, UNKNOWN)
    return Attribute(name, before, _mask(change["after"], change.get("after_sensitive")))


def _change(entry: dict[str, Any]) -> Change:
    change = entry["change"]
    importing = change.get("importing")
    kind = KIND_OF_ACTIONS.get(tuple(change["actions"]))
    kinds: tuple[Kind, ...] = (kind,) if kind else ()
    kinds += ("import",) if importing else ()
    kinds += ("move",) if entry.get("previous_address") else ()
    return Change(
        address=entry["address"],
        type=entry["type"],
        kinds=kinds,
        attributes=_attributes(change) if kind and kind != "destroy" else (),
        reason=_reason(entry),
        import_id=(importing or {}).get("id", ""),
        moved_from=entry.get("previous_address", ""),
        forced_by=_forced_by(entry),
        before=change["before"],
    )


def _reason(entry: dict[str, Any]) -> str:
    """Report why a resource is replaced or goes, as far as terraform does."""
    forced_by = _forced_by(entry)
    if forced_by:
        return "forced by " + ", ".join(forced_by)
    reason: str = entry.get("action_reason", "")
    return reason.replace("_", " ")


def _forced_by(entry: dict[str, Any]) -> tuple[str, ...]:
    """Name the attributes whose change replaces the resource."""
    return tuple(sorted({_path(parts) for parts in entry["change"].get("replace_paths", [])}))


def _path(parts: list[str | int]) -> str:
    """Write a path as the attributes of a change have it."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def _attributes(change: dict[str, Any]) -> tuple[Attribute, ...]:
    """List what differs, in the order of the paths."""
    sides = Sides(change["before"], change["after"], change.get("after_unknown"))
    hidden = (change.get("before_sensitive"), change.get("after_sensitive"))
    return tuple(_differences("", sides, hidden))


class Sides(NamedTuple):
    """The same place before and after, and whether it is unknown (true), or has parts that are."""

    before: Any
    after: Any
    unknown: Any


def _differences(path: str, sides: Sides, hidden: tuple[Any, Any]) -> Iterator[Attribute]:
    """Walk both sides at once; the marks have the shape of the values, and true where they end."""
    before, after, unknown = sides
    if True in hidden:
        if before != after or unknown:
            yield Attribute(path, None if before is None else HIDDEN, None if after is None else HIDDEN)
    elif unknown is True:
        yield Attribute(path, _mask(before, hidden[0]), UNKNOWN)
    elif keys := _keys(sides):
        for key in keys:
            inner = f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
            parts = Sides(*(_part(side, key) for side in sides))
            yield from _differences(path + inner, parts, (_part(hidden[0], key), _part(hidden[1], key)))
    elif before != after and (before or after or before is False or after is False):
        yield Attribute(path, before, after)


def _keys(sides: Sides) -> list[Any]:
    """Name the parts of a value that has parts on either side."""
    values = [side for side in (sides.before, sides.after) if side is not None]
    if values and all(isinstance(value, dict) for value in values):
        unknown = sides.unknown if isinstance(sides.unknown, dict) else {}
        return sorted({key for value in (*values, unknown) for key in value})
    if values and all(isinstance(value, list) for value in values):
        return list(range(max(len(value) for value in values)))
    return []


def _part(value: Any, key: Any) -> Any:  # noqa: ANN401 - whatever a resource has
    """Take one part; a mark of the whole counts for each part."""
    match value:
        case True:
            return True
        case dict():
            return value.get(key)
        case list():
            return value[key] if key < len(value) else None
    return None


def _mask(value: Any, marks: Any) -> Any:  # noqa: ANN401 - whatever a resource has
    """Hide the marked parts of a value."""
    if marks is True:
        return HIDDEN
    if isinstance(value, dict):
        return {key: _mask(item, _part(marks, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item, _part(marks, index)) for index, item in enumerate(value)]
    return value
