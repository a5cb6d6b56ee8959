"""Lets typeguard be imported without `unittest.mock`, which takes 25 ms, most of it for asyncio.

typeguard needs the class `Mock` only to ask whether a value is an instance of it. No value is, as long as nobody has
imported `unittest.mock`; and if somebody has, the real class is asked. Whatever else is wanted of the module (newer
versions of typeguard want `patch`) is the real module's.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODULE = "unittest.mock"


class _KnowsInstances(type):
    def __instancecheck__(cls, instance: object) -> bool:
        module = sys.modules.get(_MODULE)
        return module is not None and isinstance(instance, module.Mock)


class Mock(metaclass=_KnowsInstances):
    """Stands for `unittest.mock.Mock` in `isinstance`."""


class _Module(ModuleType):
    """Stands for `unittest.mock`, which takes its place when anything else is looked up."""

    def __getattr__(self, name: str) -> object:
        # Looked up by the import system itself, which then asks for what the importing module wants.
        if name.startswith("__"):
            raise AttributeError(f"module {_MODULE!r} has no attribute {name!r}")
        if sys.modules.get(_MODULE) is self:
            del sys.modules[_MODULE]
        return getattr(importlib.import_module(_MODULE), name)


@contextlib.contextmanager
def stand_in() -> Iterator[None]:
    """Offer `Mock` to modules that import `unittest.mock` meanwhile, unless that is imported already."""
    if _MODULE in sys.modules:
        yield
        return
    stand_in = _Module(_MODULE)
    stand_in.__dict__["Mock"] = Mock
    sys.modules[_MODULE] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(_MODULE) is stand_in:
            del sys.modules[_MODULE]
