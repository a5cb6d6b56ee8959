"""Writes and reads the messages that make up nearly all of a synthesis without walking through each three times.

jsii reads every property of a structure through its getter, most of them None, takes the request apart with cattrs,
value by value, and builds every answer up from three layers: two thirds of the time that Python needs for a resource.
A request of plain values is JSON already, and so is its answer; and what a structure was given it keeps in one dict.
"""

from __future__ import annotations

import enum
import importlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The requests that are known here: their attributes, and the name of the one attribute of their answer.
_KNOWN_REQUESTS = {
    "CreateRequest": ("create", ("fqn", "args", "overrides", "interfaces"), None),
    "GetRequest": ("get", ("objref", "property"), "value"),
    "InvokeRequest": ("invoke", ("objref", "method", "args"), "result"),
    "StaticInvokeRequest": ("sinvoke", ("fqn", "method", "args"), "result"),
}
_SPECIAL = b'"$jsii.'
_PLAIN = frozenset((str, bool, int, float, type(None)))


class Messages:
    """The messages of one process: which requests are plain, and how they and their answers are written."""

    def __init__(self, process_module: Any) -> None:  # noqa: ANN401 - a module of jsii, without types
        self._known = {
            getattr(process_module, name): (api, attributes, answer)
            for name, (api, attributes, answer) in _KNOWN_REQUESTS.items()
            if _attributes_of(getattr(process_module, name, None)) == attributes
        }
        self._decode = json.JSONDecoder(object_hook=process_module.ohook).decode
        self._unstructure_reference = process_module._unstructure_ref
        self._default: Callable[[object], object] = process_module.jdefault
        self._encode = json.JSONEncoder(default=self._encode_other).encode
        self._traces_enabled: Callable[[], bool] = getattr(process_module, "_stack_traces_enabled", bool)
        self._object_reference: type[Any] = process_module.ObjRef
        self._unusual: list[object] = []
        _convert_values(self._unusual.append)

    def encode(self, request: Any) -> bytes | None:  # noqa: ANN401 - one of jsii's requests
        """Return the request as a line, or None where jsii has to do it."""
        known = self._known.get(type(request))
        if known is None or self._unusual or self._traces_enabled() or getattr(request, "overrides", None):
            return None
        api, attributes, _ = known
        content = {name: getattr(request, name) for name in attributes}
        content["api"] = api
        return self._encode(content).encode() + b"\n"

    def _encode_other(self, value: object) -> object:
        return self._unstructure_reference(value) if isinstance(value, self._object_reference) else self._default(value)

    def decode(self, line: bytes) -> Any:  # noqa: ANN401 - JSON
        """Return the message as jsii's `_next_message` does."""
        return self._decode(line.decode()) if _SPECIAL in line else json.loads(line)

    def answer(self, request: object, response_type: Callable[..., object], message: Any) -> object:  # noqa: ANN401 - of jsii
        """Return the answer that jsii would make of the message, or None where jsii has to do it."""
        content: Any = message.get("ok")
        attribute = self._known[type(request)][2]
        if type(content) is self._object_reference:
            return response_type(ref=content.ref) if attribute is None else None
        if attribute is not None and type(content) is dict and content.keys() <= {attribute}:
            return response_type(**content)
        return None


def _convert_values(report: Callable[[object], None]) -> None:
    """Convert plain values and structures without jsii.

    Values that cattrs may write in another way than JSON are reported: enumerations of Python's own, and unusual keys.
    """
    kernel_module = importlib.import_module("jsii._kernel")
    make_reference = kernel_module._make_reference_for_native

    def make_reference_for_native(kernel: object, value: Any) -> object:  # noqa: ANN401 - any argument of a call
        kind = type(value)
        if kind in _PLAIN:
            return value
        names = vars(kind).get("__jsii_name_mapping__")
        given: Any = getattr(value, "_values", None) if names is not None else None
        if names is not None and _has_only_values(given, names):
            # Node takes a property that is None for one that is not there; the others keep the order of the names.
            data = {
                name: make_reference_for_native(kernel, given[python_name])
                for python_name, name in names.items()
                if python_name in given
            }
            return {"$jsii.struct": {"fqn": kind.__jsii_type__, "data": data}}
        reference: object = make_reference(kernel, value)
        if isinstance(reference, enum.Enum) or (kind is dict and not all(type(key) is str for key in value)):
            report(value)
        return reference

    kernel_module.__dict__["_make_reference_for_native"] = make_reference_for_native


def _has_only_values(given: Any, names: Mapping[str, str]) -> bool:  # noqa: ANN401 - what a structure keeps
    """Whether a structure was given something, and no None, which it keeps for a required property only and refuses."""
    is_known = type(given) is dict and bool(given) and given.keys() <= names.keys()
    return is_known and all(value is not None for value in given.values())


def _attributes_of(request: type | None) -> tuple[str, ...] | None:
    return tuple(attribute.name for attribute in getattr(request, "__attrs_attrs__", ())) or None
