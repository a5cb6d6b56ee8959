"""Lets Node load the JavaScript of a provider's class while Python is still importing.

As soon as a class of a lazily imported provider is defined, Node is asked for its constant `tfResourceType`. Nobody
waits for the answer; it makes Node load the class's module, which would otherwise happen when Python waits for it.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_CONSTANT = "tfResourceType"
_CONSTANT_IN_PYTHON = "TF_RESOURCE_TYPE"


def install(ask: Callable[[dict[str, Any]], None]) -> None:
    """Call `ask` with the request for each class of Terraform that is defined from now on."""
    reference_map = importlib.import_module("jsii._reference_map")
    register = reference_map.register_type
    if getattr(register, "__faststart__", False):
        return

    @functools.wraps(register)
    def register_type(klass: type) -> None:
        register(klass)
        if _CONSTANT_IN_PYTHON in klass.__dict__ and klass.__module__.partition(".")[0].startswith("cdkt"):
            fqn = klass.__dict__.get("__jsii_type__")
            ask({"api": "sget", "fqn": fqn, "property": _CONSTANT})

    register_type.__faststart__ = True  # type: ignore[attr-defined]
    reference_map.__dict__["register_type"] = register_type
