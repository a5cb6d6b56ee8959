"""What the file of a Terraform state says, read with tolerance.

Any bytes give a model or an AdoptionError, nothing else.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from adoption.errors import AdoptionError
from adoption.reading.conforming import Conforming, unflattened
from adoption.reading.state_model import DEFAULT_WORKSPACE, SHOWN, StateObject, UnitState, kind_of, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT_VERSION: Final = 4
OPENTOFU_REGISTRY: Final = 'provider["registry.opentofu.org/'
_LONE_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class EncryptedStateError(AdoptionError):
    """Raised for a state that only OpenTofu reads."""


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
        problems.append(f"{source}: resources is {kind_of(resources)}, not a list")
        resources = []
    if isinstance(serial, bool) or not isinstance(serial, int):
        problems.append(f"{source}: serial is {kind_of(serial)}, not a number")
    objects = tuple(_objects(unit, source, resources, problems))
    if problems:
        raise AdoptionError(problems)
    return UnitState(
        unit=unit,
        source=source,
        program=_program(resources),
        terraform_version=str(state.get("terraform_version") or "of an unknown version")[:SHOWN],
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
        message = f"{source}: is encrypted by OpenTofu; `tofu state pull` in the unit gives it in plain text"
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
    return f"has format version {shortened(version)}; only {FORMAT_VERSION} is understood"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _program(resources: list[Any]) -> str:
    providers = (str(one.get("provider", "")) for one in resources if isinstance(one, dict))
    return "OpenTofu" if any(OPENTOFU_REGISTRY in provider for provider in providers) else "Terraform"


def _objects(unit: str, source: str, resources: list[Any], problems: list[str]) -> Iterator[StateObject]:
    for position, resource in enumerate(resources):
        where = f"{source}: resources[{position}]"
        if not isinstance(resource, dict):
            problems.append(f"{where} is {kind_of(resource)}, not a resource")
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
        attributes = unflattened(instance.get("attributes_flat") or {})
    if not isinstance(attributes, dict):
        problems.append(
            f"{address} of {unit}: attributes is {kind_of(attributes)}, not an object; the state is damaged"
        )
        return None
    conformed = Conforming(f"{address} of {unit}", problems)
    deposed = instance.get("deposed")
    version = instance.get("schema_version")
    return StateObject(
        unit=unit,
        address=f"{address} (deposed {shortened(deposed)})" if deposed else address,
        type=type_,
        attributes=conformed.attributes(type_, attributes),
        raw=attributes if "attributes" in instance else {},
        schema_version=version if isinstance(version, int) else 0,
        is_tainted=instance.get("status") == "tainted",
        is_deposed=bool(deposed),
    )
