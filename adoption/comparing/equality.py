"""Whether two values of an argument are the same to AWS and Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

import json
from typing import Any, Final

from adoption.comparing.policies import same_policy
from adoption.provider.comparison import DEFAULTS

_EMPTY: Final[tuple[object, ...]] = (None, "", False, 0, [], {})


def is_default(type_: str, path: str, value: JsonValue) -> bool:
    """Whether a value is what the provider takes where nothing is configured."""
    if path in DEFAULTS.get(type_, {}):
        return bool(value is None or value == DEFAULTS[type_][path])
    return any(value == empty and type(value) is type(empty) for empty in _EMPTY)


def is_same(value: JsonValue, actual: JsonValue) -> bool:
    """Whether a configured value is the one that exists; the order of a list makes no difference."""
    if value in (None, [], {}, "") and actual in (None, [], {}, ""):
        return True
    if isinstance(value, list) and isinstance(actual, list):
        return in_order(value) == in_order(actual)
    if isinstance(value, str) and isinstance(actual, str) and value.startswith("{") and actual.startswith("{"):
        return same_policy(value, actual)
    return _as_text(value) == _as_text(actual)


def in_order(items: list[Any]) -> list[str]:
    """Return the items of a list as sorted texts."""
    return sorted(_as_text(item) for item in items)


def _as_text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value.removeprefix("https://")
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(float(value))
    return json.dumps(value, sort_keys=True, default=str)
