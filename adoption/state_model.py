"""What a Terraform state says, read with tolerance: any bytes give a model or an AdoptionError, nothing else.

Attributes take the form of the provider's schema, whatever version wrote them: what is missing is None, and so are
empty texts, lists and blocks, which say nothing of the object.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from adoption.kinds import KINDS
from adoption.problems import AdoptionError
from adoption.provider_schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FORMAT_VERSION: Final = 4
DEFAULT_WORKSPACE: Final = "default"
OPENTOFU_REGISTRY: Final = 'provider["registry.opentofu.org/'
# Without `_v1` the kubernetes provider has the same types under their old names.
KUBERNETES_TYPES: Final = ("config_map", "namespace", "secret", "storage_class")
_LONE_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_SHOWN: Final = 60


class EncryptedStateError(AdoptionError):
    """Raised for a state that only OpenTofu reads."""


class Attributes(dict[str, Any]):
    """Attributes of an object: what a state does not have is None."""

    def __missing__(self, key: str) -> None:
        """Return None."""
        return


@dataclass(frozen=True)
class StateObject:
    """A resource instance of a state, its attributes as they are told and `raw` as the state has them.

    Deposed ones wait to be deleted by the layout's next apply.
    """

    unit: str
    address: str
    type: str
    attributes: Mapping[str, Any]
    raw: Mapping[str, Any] = field(default_factory=dict)
    schema_version: int = 0
    is_tainted: bool = False
    is_deposed: bool = False

    def __str__(self) -> str:
        return f"{self.address} of {self.unit}"


@dataclass(frozen=True)
class UnitState:
    """The state of one unit: where it was read, who wrote it, and what is in it."""

    unit: str
    source: str
    program: str
    terraform_version: str
    lineage: str
    serial: int
    workspace: str
    objects: tuple[StateObject, ...]


def parse_state(unit: str, source: str, raw: bytes, *, workspace: str = DEFAULT_WORKSPACE) -> UnitState:
    """Return what a state says.

    Raises:
        AdoptionError: It is no state, is of another format, or is damaged.

    """
    state = _document(source, raw)
    resources = state.get("resources") or []
    serial = state.get("serial", 0)
    problems: list[str] = []
    if not isinstance(resources, list):
        problems.append(f"{source}: resources is {_kind(resources)}, not a list")
        resources = []
    if isinstance(serial, bool) or not isinstance(serial, int):
        problems.append(f"{source}: serial is {_kind(serial)}, not a number")
    objects = tuple(_objects(unit, source, resources, problems))
    if problems:
        raise AdoptionError(problems)
    return UnitState(
        unit=unit,
        source=source,
        program=_program(resources),
        terraform_version=str(state.get("terraform_version") or "of an unknown version")[:_SHOWN],
        lineage=str(state.get("lineage") or ""),
        serial=serial,
        workspace=workspace,
        objects=objects,
    )


def _document(source: str, raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
        state = json.loads(text, parse_constant=_refuse_constant)
        if _LONE_SURROGATE.search(text):
            json.dumps(state, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise AdoptionError([f"{source}: is not text in UTF-8; pull the state again"]) from error
    except UnicodeEncodeError as error:
        raise AdoptionError([f"{source}: has half a character (a lone surrogate); the state is damaged"]) from error
    except ValueError as error:
        raise AdoptionError([f"{source}: is not JSON: {error}"]) from error
    except RecursionError as error:
        raise AdoptionError([f"{source}: is nested too deeply to be a state"]) from error
    if isinstance(state, dict) and "encrypted_data" in state:
        message = f"{source}: is encrypted by OpenTofu; `tofu state pull` in the unit gives it in clear"
        raise EncryptedStateError([message])
    if not isinstance(state, dict) or "version" not in state:
        raise AdoptionError([f"{source}: is not a Terraform state"])
    version = state["version"]
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise AdoptionError([f"{source}: {_problem_of_format(version)}"])
    return state


def _problem_of_format(version: object) -> str:
    if isinstance(version, int) and not isinstance(version, bool) and 0 < version < FORMAT_VERSION:
        return (
            f"has format version {version}, of Terraform 0.11 or older; an apply with Terraform 0.12 or newer "
            "converts it"
        )
    return f"has format version {_short(version)}; only {FORMAT_VERSION} is understood"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _program(resources: list[Any]) -> str:
    providers = (str(one.get("provider", "")) for one in resources if isinstance(one, dict))
    return "OpenTofu" if any(OPENTOFU_REGISTRY in provider for provider in providers) else "Terraform"


def _objects(unit: str, source: str, resources: list[Any], problems: list[str]) -> Iterator[StateObject]:
    for position, resource in enumerate(resources):
        where = f"{source}: resources[{position}]"
        if not isinstance(resource, dict):
            problems.append(f"{where} is {_kind(resource)}, not a resource")
            continue
        mode = resource.get("mode", "managed")
        if mode != "managed":
            continue
        wrong = [key for key in ("type", "name") if not _is_name(resource.get(key))]
        module = resource.get("module") or ""
        instances = resource.get("instances") or []
        if not isinstance(module, str) or not module.isprintable():
            wrong.append("module")
        if not isinstance(instances, list) or not all(isinstance(one, dict) for one in instances):
            wrong.append("instances")
        if wrong:
            problems.append(f"{where}: {', '.join(wrong)} is missing or not what a state has there")
            continue
        address = f"{module}.{resource['type']}.{resource['name']}".removeprefix(".")
        for instance in instances:
            found = _object(unit, address, resource["type"], instance, problems)
            if found is not None:
                yield found


def _is_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[\w-]+", value, re.ASCII) is not None


def _object(unit: str, address: str, type_: str, instance: dict[str, Any], problems: list[str]) -> StateObject | None:
    key = instance.get("index_key")
    address += "" if key is None else f"[{json.dumps(key)}]"
    attributes = instance.get("attributes")
    if attributes is None:
        attributes = _unflattened(instance.get("attributes_flat") or {})
    if not isinstance(attributes, dict):
        problems.append(f"{address} of {unit}: attributes is {_kind(attributes)}, not an object; the state is damaged")
        return None
    conformed = _Conforming(f"{address} of {unit}", problems)
    deposed = instance.get("deposed")
    version = instance.get("schema_version")
    return StateObject(
        unit=unit,
        address=f"{address} (deposed {_short(deposed)})" if deposed else address,
        type=type_,
        attributes=conformed.attributes(type_, attributes),
        raw=attributes if "attributes" in instance else {},
        schema_version=version if isinstance(version, int) else 0,
        is_tainted=instance.get("status") == "tainted",
        is_deposed=bool(deposed),
    )


def _unflattened(flat: Any) -> Any:  # noqa: ANN401 - whatever the state has there
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
        return [items[one][""] if set(items[one]) == {""} else _unflattened(items[one]) for one in ordered]
    return member[""] if set(member) == {""} else _unflattened(member)


class _Conforming:
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
                    f"{self.owner}: {path} is {_short(value)}, which is no {path}; the state is damaged"
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
        self.problems.append(f"{self.owner}: {path} is {_kind(value)}, {wanted} is expected; the state is damaged")


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "a bool", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
