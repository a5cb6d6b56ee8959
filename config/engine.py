"""Chooses the engine that makes the Terraform JSON: CDKTF, or CDK Terrain, which continues it.

The source imports `cdktf` and its provider packages. Those of CDK Terrain have other names and the same content: where
only they are installed, the names are aliases of them. docs/adr/0003-two-engines.md says why.
"""

from __future__ import annotations

import importlib
import os
import sys
from enum import StrEnum
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VARIABLE = "CDK"
SETTING = "cdk"
SETTINGS = ROOT / "cdktf.json"

_PREFIXES = {"cdktf_cdktf_provider_": "cdktn_provider_"}
_NAMES = {"cdktf": "cdktn"}


class Engine(StrEnum):
    """The two engines, as `CDK` and `cdktf.json` name them."""

    CDKTF = "cdktf"
    TERRAIN = "terrain"

    @property
    def library(self) -> str:
        """The package that a Python has when it has this engine."""
        return "cdktf" if self is Engine.CDKTF else "cdktn"

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment that `make` creates for it."""
        return ROOT / (".venv" if self is Engine.CDKTF else ".tools/terrain") / "bin" / "python"

    def is_here(self) -> bool:
        """Whether this Python makes the JSON with this engine."""
        return _is_installed(self.library) and not (self is Engine.TERRAIN and _is_installed(Engine.CDKTF.library))


class EngineError(SystemExit):
    """There is no such engine, or it is not installed; uncaught, it ends the program with this line."""


def chosen() -> Engine:
    """Return the engine that the variable CDK names, else `cdk` in cdktf.json, else the one that this Python has.

    Raises:
        EngineError: There is no such engine, or it is not installed.
    """
    name, where = os.environ.get(VARIABLE), f"variable {VARIABLE}"
    if not name:
        name, where = _setting(), f"{SETTINGS.name}: {SETTING}"
    if name is None:
        return of_this_python()
    try:
        return Engine(name)
    except ValueError:
        allowed = ", ".join(Engine)
        raise EngineError(f"{where}: {name!r} is no engine; allowed: {allowed}") from None


def of_this_python() -> Engine:
    """Return the engine that this Python has; one that has both, or none, is for CDKTF."""
    return Engine.TERRAIN if Engine.TERRAIN.is_here() else Engine.CDKTF


def select(name: str | None = None) -> None:
    """Continue with the chosen engine, or with the one named here; in its own Python, if this one has the other.

    To be called at the start of a program, with nothing done that must not be done twice.

    Raises:
        EngineError: There is no such engine, or it is not installed.
    """
    if name is not None:
        os.environ[VARIABLE] = name
    engine = chosen()
    if not engine.is_here():
        if not engine.python.is_file() or sys.prefix == str(engine.python.parents[1]):
            raise EngineError(f"{engine.library} is not installed: '{VARIABLE}={engine} make synth' installs it")
        # Its Node first, as in an activated environment.
        os.environ["PATH"] = f"{engine.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        os.execv(engine.python, [str(engine.python), *sys.orig_argv[1:]])  # noqa: S606 - the same program again
    install_aliases()


def install_aliases() -> None:
    """Let `cdktf` and its providers be names of CDK Terrain's packages where CDKTF is not installed; once."""
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.append(AliasFinder())


class AliasFinder(MetaPathFinder):
    """Finds a module of CDK Terrain under the name that it has in CDKTF; asked when no other finder knows the name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec that gives the other module, or None for any other name, or where there is none."""
        del path, target
        name = _name_in_terrain(fullname)
        if name is None or not _is_installed(name.partition(".")[0]):
            return None
        return ModuleSpec(fullname, _AliasLoader(name))


class _Package(ModuleType):
    """Stands for the root of a provider package: its submodules are looked for by `AliasFinder` only."""

    def __init__(self, name: str, original: ModuleType) -> None:
        super().__init__(name, original.__doc__)
        self.__path__: list[str] = []
        self._original = original

    def __getattr__(self, name: str) -> object:
        return getattr(self._original, name)

    def __dir__(self) -> list[str]:
        return dir(self._original)


class _AliasLoader(Loader):
    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._name)
        self._own_spec = module.__spec__
        is_root_of_provider = "." not in self._name and self._name not in _NAMES.values()
        return _Package(spec.name, module) if is_root_of_provider else module

    def exec_module(self, module: ModuleType) -> None:
        # Importing has given the module the alias's spec; it has been executed under its own.
        if not isinstance(module, _Package):
            module.__spec__ = self._own_spec


def _is_installed(package: str) -> bool:
    """Whether there is a package of this name, and not only an alias."""
    return PathFinder.find_spec(package) is not None


def _setting() -> str | None:
    try:
        text = SETTINGS.read_text(encoding="utf-8")
    except OSError:
        return None
    if f'"{SETTING}"' not in text:
        return None
    import json  # noqa: PLC0415 - 3 ms, for those who have the setting

    try:
        return str(json.loads(text)[SETTING])
    except (ValueError, KeyError, TypeError) as problem:
        raise EngineError(f"{SETTINGS.name}: {problem}") from None


def _name_in_terrain(name: str) -> str | None:
    for prefix, other in _PREFIXES.items():
        if name.startswith(prefix):
            return other + name.removeprefix(prefix)
    return _NAMES.get(name)
