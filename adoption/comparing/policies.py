"""IAM policies: as `aws_iam_policy_document` would render one, and whether two say the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

VERSION: Final = "2012-10-17"
_LISTS: Final = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
_PRINCIPALS: Final = {"principals": "Principal", "not_principals": "NotPrincipal"}


def rendered(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policy of an `aws_iam_policy_document`, from its arguments without references."""
    return {"Version": VERSION, "Statement": [_statement(one) for one in _list(document.get("statement"))]}


def _statement(block: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": block.get("effect", "Allow")}
    if block.get("sid"):
        found["Sid"] = block["sid"]
    for argument, key in _LISTS.items():
        if block.get(argument):
            found[key] = block[argument]
    for argument, key in _PRINCIPALS.items():
        principals: dict[str, Any] = {}
        for one in _list(block.get(argument)):
            principals.setdefault(one["type"], []).extend(_list(one["identifiers"]))
        if principals:
            found[key] = "*" if principals == {"*": ["*"]} else principals
    conditions: dict[str, dict[str, Any]] = {}
    for one in _list(block.get("condition")):
        conditions.setdefault(one["test"], {}).setdefault(one["variable"], []).extend(_list(one["values"]))
    return found | ({"Condition": conditions} if conditions else {})


def same_policy(one: str, other: str) -> bool:
    """Whether two texts are the same policy, or the same JSON."""
    try:
        return bool(normalized(json.loads(one)) == normalized(json.loads(other)))
    except (ValueError, RecursionError):
        return one == other


SOURCE: Final = ("aws:SourceAccount", "aws:SourceArn")


def adds_only_audience(before: str, after: str) -> bool:
    """Whether a trust differs from another one in conditions on the token's audience alone, which it adds."""
    return _adds_only(before, after, lambda variable: variable.endswith(":aud"))


def adds_only_source(before: str, after: str) -> bool:
    """Whether a trust differs from another one in conditions on what a service works for alone, which it adds."""
    return _adds_only(before, after, lambda variable: variable in SOURCE)


def _adds_only(before: str, after: str, is_added: Callable[[str], bool]) -> bool:
    try:
        old, new = json.loads(before), json.loads(after)
        for statement in _list(new["Statement"]):
            for test, conditions in list(statement.get("Condition", {}).items()):
                for variable in [variable for variable in conditions if is_added(variable)]:
                    del conditions[variable]
                if not conditions:
                    del statement["Condition"][test]
        return bool(normalized(old) == normalized(new))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def normalized(value: JsonValue) -> JsonValue:
    """Return a policy without what makes no difference: order, single elements in lists, statement names."""
    if isinstance(value, dict):
        return {
            key: normalized(item)
            for key, item in value.items()
            if key not in ("Sid", "Version") and item not in ({}, [])
        }
    if isinstance(value, list):
        items = sorted((normalized(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return value


def _list(value: JsonValue) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
