"""Gives the attributes of a state the form of the provider's schema, whatever version wrote them."""

from __future__ import annotations

import json
import re
from typing import Any

from adoption.provider.provider_schema import schema_of
from adoption.reading.state_model import KUBERNETES_TYPES, Attributes, kind_of, shortened
from config.core.resource_kinds import KINDS


def unflattened(flat: Any) -> Any:  # noqa: ANN401 - whatever the state has there
    """Return attributes of the form of Terraform 0.11 (`vpc_config.0.vpc_id`) as the newer form has them."""
    if not isinstance(flat, dict):
        return flat
    members: dict[str, dict[str, Any]] = {}
    for key, value in flat.items():
        name, _, rest = str(key).partition(".")
        members.setdefault(name, {})[rest] = value
    return {name: _unflattened_member(member) for name, member in members.items()}


def _unflattened_member(member: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    if "%" in member:
        return {key: value for key, value in member.items() if key not in ("%", "")}
    if "#" in member:
        items: dict[str, dict[str, Any]] = {}
        for key, value in member.items():
            position, _, rest = key.partition(".")
            if position not in ("#", ""):
                items.setdefault(position, {})[rest] = value
        ordered = sorted(items, key=lambda position: (len(position), position))
        return [items[one][""] if set(items[one]) == {""} else unflattened(items[one]) for one in ordered]
    return member[""] if set(member) == {""} else unflattened(member)


class Conforming:
    """Gives values the form that the schema says, and notes what has another one."""

    def __init__(self, owner: str, problems: list[str]) -> None:
        self.owner = owner
        self.problems = problems

    def attributes(self, type_: str, attributes: dict[str, Any]) -> Attributes:
        """Return the attributes of an object of a type."""
        known = type_
        if type_.startswith("kubernetes_") and type_.removeprefix("kubernetes_") in KUBERNETES_TYPES:
            known = f"{type_}_v1"
        schema = schema_of(known)
        if schema is None:
            return Attributes(attributes)
        found = self._block(attributes, schema, "")
        kind = KINDS[known]
        for path in {"id", "arn", *kind.identity, *re.findall(r"\{([\w.]+)\}", kind.import_id)}:
            value = found[path]
            if isinstance(value, str) and not value.isprintable():
                self.problems.append(
                    f"{self.owner}: {path} is {shortened(value)}, which is no {path}; the state is damaged"
                )
        return found

    def _block(self, value: dict[str, Any], schema: dict[str, Any], path: str) -> Attributes:
        found = Attributes(value)
        for name, (type_, _) in schema["attributes"].items():
            if name in value:
                found[name] = self._value(value[name], type_, f"{path}{name}")
        for name, (nesting, inner, _) in schema["blocks"].items():
            if name in value:
                found[name] = self._blocks(value[name], nesting, inner, f"{path}{name}")
        return found

    def _blocks(self, value: Any, nesting: str, schema: dict[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, dict) and nesting != "map":
            value = [value]
        if value is None:
            return None
        if isinstance(value, dict):
            return {key: self._block(one, schema, f"{path}.") for key, one in value.items() if isinstance(one, dict)}
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            return self._wrong(value, path, "a list of blocks")
        return [self._block(one, schema, f"{path}.") for one in value] or None

    def _value(self, value: Any, type_: Any, path: str) -> Any:  # noqa: ANN401, C901 - one case a type
        if value is None or value == "":
            return None
        if type_ == "string":
            if isinstance(value, bool | int | float):
                return json.dumps(value)
            return value if isinstance(value, str) else self._wrong(value, path, "text")
        if type_ == "number":
            if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", value, re.ASCII):
                return float(value) if "." in value else int(value)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if is_number else self._wrong(value, path, "a number")
        if type_ == "bool":
            named = {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())
            return named if isinstance(value, bool | str) and named is not None else self._wrong(value, path, "a bool")
        if isinstance(type_, list) and type_[0] in ("list", "set"):
            if not isinstance(value, list):
                return self._wrong(value, path, "a list")
            items = [self._value(one, type_[1], path) for one in value]
            return [one for one in items if one is not None] or None
        if isinstance(type_, list) and type_[0] == "map":
            if not isinstance(value, dict):
                return self._wrong(value, path, "a map")
            kept = {key: "" if one == "" else self._value(one, type_[1], f"{path}.{key}") for key, one in value.items()}
            return {key: one for key, one in kept.items() if one is not None} or None
        if isinstance(type_, list) and type_[0] == "object":
            if not isinstance(value, dict):
                return self._wrong(value, path, "an object")
            return Attributes(
                {key: self._value(one, type_[1].get(key, "dynamic"), f"{path}.{key}") for key, one in value.items()}
            )
        return value

    def _wrong(self, value: Any, path: str, wanted: str) -> None:  # noqa: ANN401 - any JSON value
        self.problems.append(f"{self.owner}: {path} is {kind_of(value)}, {wanted} is expected; the state is damaged")
