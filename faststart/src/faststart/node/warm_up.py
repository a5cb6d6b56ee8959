"""Lets Node do while Python is still importing what it does slowly when it does it for the first time.

As soon as a class of a lazily imported provider is defined, Node makes an object of it, in a stack that belongs to no
app and is never synthesized. Nobody waits for the answer, which may be an error: required arguments are given as texts,
whatever they should be. By then Node has loaded the class, read its types and compiled most of what it needs.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

from faststart.processes import cores

if TYPE_CHECKING:
    from collections.abc import Callable

_CONSTANT = "tfResourceType"
_CONSTANT_IN_PYTHON = "TF_RESOURCE_TYPE"
# jsii numbers its objects from 10000; these are its first two.
_ROOT = {"$jsii.byref": "constructs.RootConstruct@10000"}
_STACK_NUMBER = 10001


def first_requests(library: str) -> list[dict[str, Any]]:
    """Return the requests that make a stack of `library`, which is cdktf or cdktn, and in it what every stack has.

    There are none if Python and Node share a core.
    """
    if cores() < 2:
        return []
    stack = _stack_of(library)
    return [
        _create("constructs.RootConstruct", ["warm-up"]),
        _create(f"{library}.TerraformStack", [_ROOT, "warm-up"]),
        _create("constructs.Construct", [stack, "construct"]),
        _create(f"{library}.LocalBackend", [stack]),
        _create(f"{library}.TerraformOutput", [stack, "output", {"value": "text"}]),
    ]


def install(ask: Callable[[dict[str, Any]], None], library: str | None) -> None:
    """Call `ask` with a request for each class of Terraform that is defined from now on.

    With `library` Node has a stack to make an object of it in; otherwise it only loads the class.
    """
    reference_map = importlib.import_module("jsii._reference_map")
    register = reference_map.register_type
    if getattr(register, "__faststart__", False):
        return

    @functools.wraps(register)
    def register_type(klass: type) -> None:
        register(klass)
        if _CONSTANT_IN_PYTHON in vars(klass):
            ask(_load(klass) if library is None else _first_use(klass, _stack_of(library)))

    register_type.__faststart__ = True  # type: ignore[attr-defined] # a mark
    reference_map.__dict__["register_type"] = register_type


def _stack_of(library: str) -> dict[str, str]:
    return {"$jsii.byref": f"{library}.TerraformStack@{_STACK_NUMBER}"}


def _load(klass: Any) -> dict[str, Any]:  # noqa: ANN401 - a class that jsii generated
    return {"api": "sget", "fqn": klass.__jsii_type__, "property": _CONSTANT}


def _first_use(klass: Any, stack: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - as above
    fqn = klass.__jsii_type__
    data = {_camel_case(name): "text" for name in _required_arguments(klass.__init__)}
    return _create(fqn, [stack, fqn, {"$jsii.struct": {"fqn": f"{fqn}Config", "data": data}}])


def _create(fqn: str, arguments: list[object]) -> dict[str, Any]:
    return {"api": "create", "fqn": fqn, "args": arguments, "overrides": [], "interfaces": []}


def _required_arguments(function: Any) -> list[str]:  # noqa: ANN401 - a Python function, which `type` does not tell
    code = function.__code__
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return [name for name in names if name not in (function.__kwdefaults__ or ())]


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
