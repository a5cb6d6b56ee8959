"""Runs a function right after a module has been imported, without importing the module itself."""

from __future__ import annotations

import contextlib
import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from types import ModuleType

    Hook = Callable[[ModuleType], None]
    During = Callable[[], AbstractContextManager[None]]


class AfterImport:
    """A meta path finder that adds hooks to the modules that the ordinary finder finds."""

    def __init__(self) -> None:
        self._hooks: dict[str, tuple[Hook, During]] = {}

    def add(self, name: str, hook: Hook, during: During) -> None:
        """Call `hook` with the module `name` when it has been imported within `during`, or now if it has been."""
        if name in sys.modules:
            hook(sys.modules[name])
        else:
            self._hooks[name] = hook, during

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the ordinary spec with a loader that calls the hook, or None for a module without one."""
        if fullname not in self._hooks:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _HookedLoader(spec.loader, *self._hooks.pop(fullname))
        return spec


class OtherLoader(Loader):
    """A loader that executes one module in another way, and afterwards has never been there."""

    def __init__(self, ordinary: Loader) -> None:
        self.ordinary = ordinary

    def __getattr__(self, name: str) -> object:
        return getattr(self.ordinary, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the ordinary loader."""
        return self.ordinary.create_module(spec)

    def step_back(self, module: ModuleType) -> None:
        """Make the ordinary loader that of the module."""
        if module.__spec__ is not None:
            module.__spec__.loader = self.ordinary
        module.__loader__ = self.ordinary


class _HookedLoader(OtherLoader):
    """The loader of one module, and what to do afterwards."""

    def __init__(self, ordinary: Loader, hook: Hook, during: During) -> None:
        super().__init__(ordinary)
        self._hook = hook
        self._during = during

    def exec_module(self, module: ModuleType) -> None:
        self.step_back(module)
        with self._during():
            self.ordinary.exec_module(module)
        self._hook(sys.modules.get(module.__name__, module))


_finder = AfterImport()


def after_import(name: str, hook: Hook, during: During = contextlib.nullcontext) -> None:
    """Call `hook` with the module `name` as soon as it is imported, within `during`, or now if it is."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _finder.add(name, hook, during)
