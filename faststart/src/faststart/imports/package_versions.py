"""Reports the version of typeguard, which every generated module asks for, without `importlib.metadata`.

That reads it as a mail, for which it imports the package email (10 ms), and again for each module (1 ms). Here a
stand-in answers; the module itself is imported as soon as anything else of it is used.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
import threading
from types import ModuleType

_MODULE = "importlib.metadata"
_PACKAGE = "typeguard"
_VERSION = b"\nVersion: "
_KNOWN_SPECIAL_NAMES = ("__all__", "__cached__", "__file__")

_lock = threading.RLock()


class _Metadata(ModuleType):
    """Stands for `importlib.metadata`."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name not in _KNOWN_SPECIAL_NAMES:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(_module(), name)

    def __dir__(self) -> list[str]:
        return dir(_module())

    @staticmethod
    def version(distribution_name: str) -> str:
        """Return the version of a package."""
        known = _typeguard_version() if distribution_name == _PACKAGE else None
        return known or str(_module().version(distribution_name))

    @staticmethod
    def entry_points(**selection: str) -> object:
        """Return entry points; pydantic imports this function, and calls it if it may have plugins."""
        return _module().entry_points(**selection)


def install() -> None:
    """Put the stand-in where the module would be, unless it is there already."""
    if _MODULE in sys.modules:
        return
    stand_in = _Metadata(_MODULE)
    spec = stand_in.__spec__ = importlib.util.find_spec(_MODULE)
    stand_in.__path__ = list(spec.submodule_search_locations or ()) if spec is not None else []
    sys.modules[_MODULE] = importlib.metadata = stand_in


def _module() -> ModuleType:
    """Import the module, which then takes the place of the stand-in."""
    with _lock:
        if isinstance(sys.modules.get(_MODULE), _Metadata):
            del sys.modules[_MODULE]
        return importlib.import_module(_MODULE)


@functools.cache
def _typeguard_version() -> str | None:
    """Read the version where a package's metadata has it, if it is the only one of its name."""
    found = [path for folder in sys.path for path in _metadata_of_typeguard(folder)]
    if len(found) != 1:
        return None
    with open(found[0], "rb") as file:  # noqa: PTH123 - no pathlib before jsii needs it
        _, separator, rest = file.read().partition(_VERSION)
    return rest.partition(b"\n")[0].decode().strip() if separator else None


def _metadata_of_typeguard(folder: str) -> list[str]:
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208 - as above
    except OSError:
        return []
    wanted = (name for name in names if name.startswith(f"{_PACKAGE}-") and name.endswith(".dist-info"))
    return [os.path.join(folder, name, "METADATA") for name in wanted]  # noqa: PTH118 - as above
