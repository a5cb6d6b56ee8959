"""Makes jsii find the Python type of an object that JavaScript returned although its submodule was not imported yet.

Ordinary loading registers every type of a provider beforehand. Here the submodule is imported when the first object of
one of its types arrives; the rare type that no submodule name leads to makes the whole root load.
"""

from __future__ import annotations

import importlib
import re
import sys
from functools import wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from faststart._settings import report_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_checked: set[str] = set()

_REGISTRIES = ("_types", "_data_types", "_enums", "_interfaces")


class _ObjectReference(Protocol):
    """What jsii hands over for an object: `ref` is `<type>@<number>`."""

    ref: str
    interfaces: list[str] | None


def install(lazy_packages: Callable[[], Iterable[str]]) -> None:
    """Wrap jsii's resolution of references; a second call changes nothing."""
    reference_map = _reference_map()
    resolve = reference_map.resolve_reference
    if getattr(resolve, "__faststart__", False):
        return

    @wraps(resolve)
    def resolve_with_types(kernel: object, ref: _ObjectReference) -> object:
        _ensure_registered(ref.ref.rsplit("@", 1)[0], lazy_packages)
        for interface in ref.interfaces or ():
            _ensure_registered(interface, lazy_packages)
        return resolve(kernel, ref)

    resolve_with_types.__faststart__ = True  # type: ignore[attr-defined] # a mark
    reference_map.__dict__["resolve_reference"] = resolve_with_types


def is_possible() -> bool:
    """Whether this jsii has the registries and the function that `install` builds on; reported when it has not."""
    reference_map = _reference_map()
    resolve = getattr(reference_map, "resolve_reference", None)
    if callable(resolve) and all(isinstance(getattr(reference_map, name, None), dict) for name in _REGISTRIES):
        return True
    report_once("jsii", "its registry of types is not of the known shape")
    return False


def _ensure_registered(fqn: str, lazy_packages: Callable[[], Iterable[str]]) -> None:
    """Import what defines the type `fqn` if it belongs to a provider that was imported lazily."""
    if fqn in _checked:
        return
    _checked.add(fqn)
    if _is_registered(fqn):
        return
    assembly, _, path = fqn.partition(".")
    package = _lazy_assemblies(lazy_packages()).get(assembly)
    if package is None:
        return
    submodule = f"{package}.{python_name(path.partition('.')[0])}"
    if find_spec(submodule) is not None:
        importlib.import_module(submodule)
    if not _is_registered(fqn):
        sys.modules[package].__all__  # noqa: B018 - executes the whole root


def _is_registered(fqn: str) -> bool:
    return any(fqn in getattr(_reference_map(), name) for name in _REGISTRIES)


def _reference_map() -> ModuleType:
    """Import jsii only now: it takes 0.1 s, and a program without providers may never need it."""
    return importlib.import_module("jsii._reference_map")


def _lazy_assemblies(packages: Iterable[str]) -> Mapping[str, str]:
    """Map the names of lazily imported packages from the names of their jsii assemblies (`@cdktf/provider-aws`)."""
    loaded = ((package, sys.modules.get(f"{package}._jsii")) for package in packages)
    return {module.__jsii_assembly__.name: package for package, module in loaded if module is not None}


def python_name(namespace: str) -> str:
    """Name the submodule that jsii-pacmak generates for a namespace: `eksNodeGroup` becomes `eks_node_group`."""
    return _CAMEL_CASE_BOUNDARY.sub("_", namespace).lower()
