"""The Python half: provider packages whose root module runs only when something needs the whole of it.

The root module of a provider wheel imports every submodule (2,212 for AWS: 11 s and 400 MB). A submodule needs only
`.._jsii`, so an empty root module is enough until it is asked for something that is not a submodule.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
import threading
from importlib.abc import Loader, MetaPathFinder
from types import ModuleType
from typing import TYPE_CHECKING

from faststart._settings import report_once

from . import type_registration
from .hooks import OtherLoader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec

_PROVIDER_PACKAGE = re.compile(r"(?:cdktf_cdktf|cdktn)_provider_[a-z0-9_]+\Z")

# What jsii-pacmak generates, checked from its first statement (a docstring comes before it) to the end of the file.
_FIRST_STATEMENT = "\nfrom pkgutil import extend_path\n"
_SUBMODULE_IMPORTS = re.compile(
    r"\npublication\.publish\(\)\n\n"
    r"# Loading modules to ensure their types are registered with the jsii runtime library\n"
    r"((?:from \. import [A-Za-z_0-9]+\n)+)\Z"
)
_ROOT_TYPE = re.compile(r"^(?:@|class )", re.MULTILINE)
_ALREADY_LAZY = re.compile(r"^def __getattr__\(", re.MULTILINE)

_lazy_packages: dict[str, ProviderLoader] = {}


class _ProviderPackage(ModuleType):
    """A provider's root module before it has been executed."""

    def __getattr__(self, name: str) -> object:
        return _lazy_packages[self.__name__].attribute(self, name)

    def __dir__(self) -> list[str]:
        _lazy_packages[self.__name__].execute(self)
        return dir(self)


class ProviderLoader(OtherLoader):
    """Loads the root module of one provider package without executing it."""

    def __init__(self, ordinary: Loader, submodules: frozenset[str]) -> None:
        super().__init__(ordinary)
        self.submodules = submodules
        self._lock = threading.RLock()

    def exec_module(self, module: ModuleType) -> None:
        """Prepare the module so that its submodules can be imported."""
        self.step_back(module)
        module.__path__ = pkgutil.extend_path(module.__path__, module.__name__)
        module.__class__ = _ProviderPackage
        _lazy_packages[module.__name__] = self
        type_registration.install(lazy_packages)

    def attribute(self, module: ModuleType, name: str) -> object:
        """Load an attribute that the module does not have yet: a submodule alone, or else what the whole root defines.

        Raises: AttributeError, also for special names, which tools look up on any module.
        """
        if name in self.submodules:
            return importlib.import_module(f"{module.__name__}.{name}")
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        self.execute(module)
        return getattr(module, name)

    def execute(self, module: ModuleType) -> None:
        """Run the root module the ordinary way and take over everything it publishes."""
        with self._lock:
            if type(module) is not _ProviderPackage:
                return
            published = self._published(module)
            module.__dict__.update(published.__dict__)
            module.__class__ = ModuleType  # type: ignore[assignment] # mypy narrowed it by the test above

    def _published(self, module: ModuleType) -> ModuleType:
        """Load the module that ordinary loading would have put into `sys.modules`."""
        name = module.__name__
        # `publication.publish` exchanges the module in sys.modules, hence the look-up afterwards.
        sys.modules[name] = importlib.util.module_from_spec(_spec_of(module))
        try:
            self.ordinary.exec_module(sys.modules[name])
            published = sys.modules[name]
        finally:
            sys.modules[name] = module
        for submodule in self.submodules:
            published.__dict__.setdefault(submodule, sys.modules[f"{name}.{submodule}"])
        return published


class ProviderFinder(MetaPathFinder):
    """Finds provider packages, and leaves every other module to the finders behind it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the ordinary spec with a loader that waits, or None when the package is not a provider."""
        if not _PROVIDER_PACKAGE.match(fullname):
            return None
        spec = self._ordinary_spec(fullname, path, target)
        if spec is None or spec.loader is None or not spec.has_location:
            return None
        submodules = _submodules_of(spec)
        if submodules and type_registration.is_possible():
            spec.loader = ProviderLoader(spec.loader, submodules)
        return spec

    def _ordinary_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find_spec = getattr(finder, "find_spec", None)
            if finder is self or find_spec is None:
                continue
            spec: ModuleSpec | None = find_spec(fullname, path, target)
            if spec is not None:
                return spec
        return None


def install() -> None:
    """Put the finder before all others; a second call changes nothing."""
    if not any(isinstance(finder, ProviderFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, ProviderFinder())


def lazy_packages() -> Iterator[str]:
    """List the provider packages that were imported lazily."""
    return iter(tuple(_lazy_packages))


def _spec_of(module: ModuleType) -> ModuleSpec:
    if module.__spec__ is None:
        raise ImportError(f"{module.__name__} has lost its __spec__")
    return module.__spec__


def _submodules_of(spec: ModuleSpec) -> frozenset[str]:
    """List the submodules that the root module imports; none (and a report) when it is not of the known shape."""
    source = _source_of(spec)
    if source is None:
        report_once(f"Python package {spec.name}", "the source of its __init__ cannot be read")
        return frozenset()
    start = source.find(_FIRST_STATEMENT)
    imports = _SUBMODULE_IMPORTS.search(source, max(start, 0))
    if start >= 0 and imports is not None and not _ROOT_TYPE.search(source, start):
        return frozenset(line.rpartition(" ")[2] for line in imports.group(1).splitlines())
    if not _ALREADY_LAZY.search(source):
        report_once(f"Python package {spec.name}", "its __init__ is not of the known shape")
    return frozenset()


def _source_of(spec: ModuleSpec) -> str | None:
    get_source = getattr(spec.loader, "get_source", None)
    try:
        return get_source(spec.name) if get_source is not None else None
    except (ImportError, OSError):
        return None
