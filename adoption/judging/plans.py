"""The plan of a stack: what it would do, and which of that is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adoption.comparing.differences import is_compared
from adoption.comparing.in_place import reason_of
from adoption.comparing.stack_resources import is_known
from adoption.judging.how import How
from adoption.provider.provider_schema import is_configurable, schema_of
from adoption.reading.objects import first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from adoption.comparing.stack_resources import Resource

_EMPTY: Final[tuple[object, ...]] = (None, "", [], {}, False, 0)


@dataclass(frozen=True)
class Plan:
    """The plan of a stack; `error` is the reason why there is none."""

    stack: str
    how: How
    counts: Mapping[str, int]
    rows: Sequence[Row] = ()
    error: str | None = None


@dataclass(frozen=True)
class Row:
    """A resource that is destroyed or replaced, or an argument that changes in place, with the reason of the list."""

    action: str
    path: str
    attribute: str
    before: Any
    after: Any
    reason: str | None


def problems_of_plans(plans: Sequence[Plan], accepted: Collection[str]) -> Iterator[str]:
    """Yield what the plans would destroy, replace, or change without a reason that is known."""
    for plan in plans:
        for row in plan.rows:
            name = f"{plan.stack}/{row.path}.{row.attribute}"
            if row.action != "update":
                at = f" because of {row.attribute}" if row.attribute else ""
                yield f"{plan.stack} {row.path}: the plan would {row.action} it{at}"
            elif row.reason is None and name not in accepted:
                yield (
                    f"{plan.stack} {row.path}: the plan would change {row.attribute} from {row.before} to {row.after}; "
                    f"--accept {name} lets it"
                )


def unplanned(plans: Sequence[Plan]) -> dict[str, list[str]]:
    """Return the stacks without a plan, by the reason."""
    found: dict[str, list[str]] = {}
    for plan in plans:
        if plan.error is not None:
            found.setdefault(plan.error, []).append(plan.stack)
    return found


def not_judged(plans: Sequence[Plan]) -> Iterator[str]:
    """Yield why nothing may be written where a stack has no plan: what it would do is not known."""
    for error, stacks in unplanned(plans).items():
        yield (
            f"{', '.join(stacks)}: no plan could be made: {error}; nothing judged what it would destroy, replace or "
            "change. --without-plan writes anyway"
        )


def updates(resource: Resource, change: Mapping[str, Any], how: How) -> Iterator[Row]:
    """Yield the arguments that a plan changes in place."""
    schema = schema_of(resource.type)
    before, after = change["before"] or {}, change["after"] or {}
    if schema is None:
        return
    names = [name for name, (_, flags) in schema["attributes"].items() if is_configurable(flags)]
    for name in [*names, *schema["blocks"]]:
        sides = before.get(name), after.get(name), (change.get("after_unknown") or {}).get(name)
        for path, old, new in _differing(name, *sides):
            # Without access, what the old state does not say is not known.
            is_told = how is How.REFRESH or old is not None
            if is_told and (path.startswith("tags.") or is_compared(resource, path)):
                yield Row("update", resource.path, path, old, new, reason_of(resource.type, path, old, new))


def _differing(path: str, old: Any, new: Any, unknown: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - JSON
    """Yield the paths that differ; what is known after apply only is no difference that could be judged."""
    if unknown is True or _same(old, new):
        return
    is_single = isinstance(old, list) and isinstance(new, list) and len(old) == len(new) == 1
    if is_single and isinstance(first(old), dict) and first(old):
        inner = unknown[0] if isinstance(unknown, list) and unknown else None
        yield from _differing(path, old[0], new[0], inner)
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            inside = unknown.get(key) if isinstance(unknown, dict) else None
            yield from _differing(f"{path}.{key}", old.get(key), new.get(key), inside)
    elif path == "tags" and isinstance(new, dict):
        for key, value in new.items():
            yield f"tags.{key}", None, value
    elif is_known(new):
        yield path, old, new


def _same(old: Any, new: Any) -> bool:  # noqa: ANN401 - JSON
    return bool(old == new) or (old in _EMPTY and new in _EMPTY)
