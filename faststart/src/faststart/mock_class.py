"""Lets typeguard be imported without `unittest.mock`, which takes 25 ms, most of it for asyncio.

typeguard needs the class `Mock` only to ask whether a value is an instance of it. No value is, as long as nobody has
imported `unittest.mock`; and if somebody has, the real class is asked.
"""

from __future__ import annotations

import contextlib
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


@contextlib.contextmanager
def stand_in() -> Iterator[None]:
    """Offer `Mock` to whoever imports `unittest.mock` meanwhile, unless that is imported already."""
    if _MODULE in sys.modules:
        yield
        return
    module = ModuleType(_MODULE)
    module.__dict__["Mock"] = Mock
    sys.modules[_MODULE] = module
    try:
        yield
    finally:
        del sys.modules[_MODULE]
