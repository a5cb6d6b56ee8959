"""The conditions of rules, in the form of checkov's custom policies.

checkov leaves out a policy that it cannot read, and says so nowhere but in its log; so what it reads is checked here.
https://www.checkov.io/3.Custom%20Policies/YAML%20Custom%20Policies.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from config.core.problems import nearest, shown
from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import JsonValue

    from config.core.problems import Location

BLOCKS: Final = ("and", "or", "not")
# Operators by kind of condition; a test compares them with those of the locked checkov.
COMPARISONS: Final = (
    "cidr_range_not_subset", "cidr_range_subset", "contains", "ending_with", "equals", "equals_ignore_case",
    "greater_than", "greater_than_or_equal", "intersects", "length_equals", "length_greater_than",
    "length_greater_than_or_equal", "length_less_than", "length_less_than_or_equal", "length_not_equals",
    "less_than", "less_than_or_equal", "not_contains", "not_ending_with", "not_equals", "not_equals_ignore_case",
    "not_intersects", "not_regex_match", "not_starting_with", "not_subset", "not_within",
    "number_of_words_equals", "number_of_words_greater_than", "number_of_words_greater_than_or_equal",
    "number_of_words_less_than", "number_of_words_less_than_or_equal", "number_of_words_not_equals",
    "range_includes", "range_not_includes", "regex_match", "starting_with", "subset", "within",
)  # fmt: skip
TESTS: Final = ("exists", "is_empty", "is_false", "is_not_empty", "is_true", "not_exists")
CONNECTIONS: Final = ("exists", "not_exists", "one_exists")
EXISTENCE: Final = ("exists", "not_exists")
JSONPATH: Final = "jsonpath_"
KEYS: Final = {
    "attribute": ("cond_type", "resource_types", "attribute", "operator"),
    "connection": ("cond_type", "resource_types", "connected_resource_types", "operator"),
    "filter": ("cond_type", "attribute", "operator", "value"),
    "resource": ("cond_type", "resource_types", "operator"),
}


def definition_problems(definition: JsonValue, location: Location = ()) -> Iterator[Problem]:
    """Yield what checkov would not read in a condition, or in those that are combined in it."""
    if isinstance(definition, list):
        for position, part in enumerate(definition):
            yield from definition_problems(part, (*location, position))
        return
    if not isinstance(definition, dict):
        yield Problem(location, "is not a condition: a mapping with cond_type, or with one of and, or, not")
        return
    combined = [key for key in definition if key in BLOCKS]
    if combined:
        yield from _combined(definition, combined, location)
    else:
        yield from _condition(definition, location)


def _combined(definition: dict[str, JsonValue], combined: list[str], location: Location) -> Iterator[Problem]:
    if len(definition) > 1:
        yield Problem(location, f"has {', '.join(definition)}; {combined[0]} stands alone")
        return
    parts = definition[combined[0]]
    if not isinstance(parts, list | dict) or not parts:
        yield Problem((*location, combined[0]), "is empty; write the conditions that it combines as a list")
        return
    yield from definition_problems(parts, (*location, combined[0]))


def _condition(definition: dict[str, JsonValue], location: Location) -> Iterator[Problem]:
    kind = definition.get("cond_type")
    if not isinstance(kind, str) or kind not in KEYS:
        place = location if kind is None else (*location, "cond_type")
        yield Problem(place, f"has cond_type {shown(kind)}; {nearest(kind, KEYS)}allowed: {', '.join(KEYS)}")
        return
    is_comparison = kind == "attribute" and _bare(definition.get("operator")) in COMPARISONS
    needed = (*KEYS[kind], *(("value",) if is_comparison else ()))
    allowed = {*needed, *(("value",) if kind == "attribute" else ())}
    for key in needed:
        if key not in definition:
            yield Problem(location, f"has no {key}, which a condition of type {kind} needs")
    for key in definition:
        if key not in allowed:
            yield Problem((*location, key), f"unknown key; allowed: {', '.join(sorted(allowed))}")
    yield from _values(kind, {key: value for key, value in definition.items() if key in allowed}, location)


def _values(kind: str, definition: dict[str, JsonValue], location: Location) -> Iterator[Problem]:
    if "operator" in definition:
        yield from _operator(kind, definition["operator"], (*location, "operator"))
    for key in ("resource_types", "connected_resource_types"):
        types = definition.get(key, ["any"])
        if not isinstance(types, list) or not types or not all(isinstance(one, str) for one in types):
            yield Problem((*location, key), "is not a list of types of resources, like [aws_eks_cluster]")
    if not isinstance(definition.get("attribute", ""), str):
        yield Problem((*location, "attribute"), f"{shown(definition['attribute'])} is not the path of an attribute")
    if str(definition.get("operator")).endswith("regex_match"):
        try:
            re.compile(str(definition.get("value")))
        except re.error as error:
            yield Problem((*location, "value"), f"is not a regular expression of Python: {error}")


def _operator(kind: str, operator: JsonValue, location: Location) -> Iterator[Problem]:
    operators = {
        "attribute": (*COMPARISONS, *TESTS),
        "connection": CONNECTIONS,
        "filter": ("within",),
        "resource": EXISTENCE,
    }[kind]
    if (_bare(operator) if kind == "attribute" else operator) not in operators:
        yield Problem(
            location, f"{shown(operator)} is not allowed; {nearest(operator, operators)}allowed: {_listed(operators)}"
        )


def _bare(operator: JsonValue) -> JsonValue:
    """Return an operator without the prefix that reads its attribute as JSONPath."""
    return operator.removeprefix(JSONPATH) if isinstance(operator, str) else operator


def _listed(operators: Iterable[str]) -> str:
    return ", ".join(sorted(operators))
