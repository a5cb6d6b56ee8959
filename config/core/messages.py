"""Explains in plain terms what pydantic found wrong, and where in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from config.core.models import below, fields_of, members_of, tag_of
from config.core.problems import MOST_PROBLEMS, LocatedProblem, nearest, shown
from config.core.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from config.core.files.yaml_nodes import Document
    from config.core.problems import Location
    from config.core.settings import Settings

_WANTED: Final = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_LIMITS: Final = {
    "greater_than_equal": ("ge", "below", "the least"),
    "less_than_equal": ("le", "above", "the most"),
}


class _Place(NamedTuple):
    """Where an error is in the file, and the fields of the section that it is in."""

    location: Location
    section: dict[str, FieldInfo]


def problems_of(error: ValidationError, document: Document, model: type[Settings]) -> Iterator[LocatedProblem]:
    """Yield the problems that a validation of the document's content found, apart from those that reading it found."""
    details = error.errors(include_url=False)
    for detail in details[:MOST_PROBLEMS]:
        place = _place(model, detail["loc"])
        for location, message in _messages(detail, place, document):
            if not document.is_refused(location):
                yield document.problem(location, message)
    if len(details) > MOST_PROBLEMS:
        yield document.problem((), f"{len(details) - MOST_PROBLEMS} more problems are not shown")


def _place(model: type[Settings], location: Location) -> _Place:
    """Follow a location of pydantic's, which names the member of a union and marks keys."""
    annotation: object = model
    section: dict[str, FieldInfo] = {}
    parts: list[str | int] = []
    for part in location:
        members = members_of(annotation)
        if len(members) > 1:
            annotation = next((member for member in members if tag_of(member) == part), None)
            continue
        if part == "[key]" and parts:
            break
        parts.append(part)
        section = fields_of(members[0])
        annotation = below(members[0], part)
    return _Place(tuple(parts), section)


def _messages(detail: ErrorDetails, place: _Place, document: Document) -> Iterable[tuple[Location, str]]:
    location, kind, context = place.location, detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return _raised(location, context["error"])
    if kind == "missing":
        return [(location, _missing(place))]
    if kind == "extra_forbidden":
        return [(location, _unknown_key(place))]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        key = context["discriminator"].strip("'")
        return [((*location, key), _wrong_tag(detail["input"], key, context, place))]
    if kind in _LIMITS:
        limit, relation, superlative = _LIMITS[kind]
        return [(location, f"{detail['input']} is {relation} {context[limit]}, {superlative} that is allowed")]
    if kind in ("too_short", "string_too_short", "too_long", "string_too_long"):
        return [(location, _wrong_length(detail["input"], context))]
    if kind == "literal_error":
        return [(location, _not_one_of(detail["input"], context["expected"]))]
    if kind in _WANTED:
        return [(location, _wrong_type(_WANTED[kind], location, detail["input"], document))]
    return [(location, f"{shown(detail['input'])} is not allowed here ({detail['msg']})")]


def _raised(location: Location, error: Exception) -> Iterator[tuple[Location, str]]:
    if isinstance(error, SettingsError):
        for problem in error.problems:
            yield (*location, *problem.location), problem.message
    else:
        yield location, str(error)


def _missing(place: _Place) -> str:
    description = place.section[str(place.location[-1])].description
    return f"is missing: {description}"


def _unknown_key(place: _Place) -> str:
    allowed = sorted(place.section)
    return f"unknown key; {nearest(place.location[-1], allowed)}allowed: {', '.join(allowed)}"


def _wrong_tag(value: dict[str, object], key: str, context: dict[str, Any], place: _Place) -> str:
    if key not in value:
        members = members_of(place.section[str(place.location[-1])].annotation)
        return f"is missing; allowed: {', '.join(str(tag_of(member)) for member in members)}"
    allowed = context["expected_tags"].replace("'", "")
    return f"{shown(value[key])} is not one of the kinds; allowed: {allowed}"


def _wrong_length(value: object, context: dict[str, Any]) -> str:
    unit = "characters" if isinstance(value, str) else "items"
    count = len(value) if isinstance(value, str | list | dict) else context["actual_length"]
    limit = f"at least {context['min_length']}" if "min_length" in context else f"at most {context['max_length']}"
    given = f"{shown(value)} has {count} {unit}" if isinstance(value, str) else f"{count} given"
    return f"{given}; {limit} are allowed"


def _not_one_of(value: object, expected: str) -> str:
    allowed = expected.replace("'", "").replace(" or ", ", ").split(", ")
    if value is None:
        return f"has no value; allowed: {', '.join(allowed)}"
    return f"{shown(value)} is not allowed; {nearest(value, allowed)}allowed: {', '.join(allowed)}"


def _wrong_type(wanted: str, location: Location, value: object, document: Document) -> str:
    node = document.node_at(location)
    written = node.text if node is not None else ""
    if value is None:
        hint = "; remove the key to take the defaults" if wanted == "a mapping" else ""
        return f"has no value; {wanted} is needed{hint}"
    if wanted == "text" and isinstance(value, bool | int | float):
        kind = "a boolean" if isinstance(value, bool) else "a number"
        return f'{written[:80]} is {kind}, text is needed; put it in quotes: "{written[:80]}"'
    if wanted in ("true or false", "a whole number") and isinstance(value, str) and _fits(wanted, value):
        return f"{shown(value)} is text, {wanted} is needed; write {value} without quotes"
    return f"{_kind(value)}; {wanted} is needed"


def _fits(wanted: str, value: str) -> bool:
    return value in ("true", "false") if wanted == "true or false" else value.isdecimal() and value.isascii()


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "is a mapping"
    if isinstance(value, list):
        return "is a list"
    kinds: tuple[tuple[type, str], ...] = ((bool, "a boolean"), (str, "text"), (float, "a number"), (int, "a number"))
    return f"{shown(value)} is {next(name for type_, name in kinds if isinstance(value, type_))}"
