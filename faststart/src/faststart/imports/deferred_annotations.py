"""Makes the annotations of generated modules when they are read.

A generated module makes an object of `typing` for each parameter of each method: a third of the time of its import.
Here its name `typing` stands for a module whose `Optional[...]` only keeps what it was given, until the import is done.
"""

from __future__ import annotations

import builtins
import functools
import os
import sys
import typing
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

from faststart._settings import LIBRARIES, report_once

from .hooks import OtherLoader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

_UNSCOPED = (*LIBRARIES, "constructs")
# The modules that each generated one imports.
_IMPORTED = {"jsii", "publication", "typing"}
# What jsii-pacmak writes with square brackets, except `ClassVar`.
_FORMS = ("Dict", "List", "Mapping", "Optional", "Sequence", "Tuple", "Type", "Union")


class _Form:
    """Stands for one of the forms."""

    __slots__ = ("form",)

    def __init__(self, form: Any) -> None:  # noqa: ANN401 - the forms have no common type
        self.form = form

    def __getitem__(self, arguments: object) -> _Deferred:
        return _Deferred(self.form, arguments)

    def __getattr__(self, name: str) -> object:
        return getattr(self.form, name)


class _Deferred:
    """A form with its arguments; to a reader, it is what `typing` makes of them."""

    __slots__ = ("arguments", "form")

    def __init__(self, form: Any, arguments: object) -> None:  # noqa: ANN401 - as above
        self.form = form
        self.arguments = arguments

    def __getattribute__(self, name: str) -> object:
        return getattr(made(self), name)

    def __eq__(self, other: object) -> bool:
        return bool(made(self) == made(other))

    def __hash__(self) -> int:
        return hash(made(self))

    def __or__(self, other: object) -> object:
        return made(self) | made(other)

    def __ror__(self, other: object) -> object:
        return made(other) | made(self)

    def __repr__(self) -> str:
        return repr(made(self))


def made(annotation: Any) -> Any:  # noqa: ANN401 - annotations have no common type
    """Return the annotation as `typing` makes it."""
    kind = type(annotation)
    if kind is _Deferred:
        own = object.__getattribute__
        return own(annotation, "form")[made(own(annotation, "arguments"))]
    if kind is _Form:
        return annotation.form
    if kind is tuple:
        return tuple(made(argument) for argument in annotation)
    return annotation


def is_optional(annotation: Any) -> bool:  # noqa: ANN401 - as above
    """Whether the annotation, an object or still a text, certainly allows None."""
    if type(annotation) is str:
        return annotation.startswith("typing.Optional[")
    return type(annotation) is _Deferred and object.__getattribute__(annotation, "form") is typing.Optional


class GeneratedModuleLoader(OtherLoader):
    """Executes one generated module."""

    def __init__(self, ordinary: Loader, code: CodeType) -> None:
        super().__init__(ordinary)
        self.code = code

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module with the stand-in for `typing`; if that cannot be, in the ordinary way."""
        self.step_back(module)
        namespace = module.__dict__
        namespace["__builtins__"] = _builtins
        try:
            exec(self.code, namespace)  # noqa: S102 - as the ordinary loader does
        except TypeError as error:
            if not any(kind.__name__ in str(error) for kind in (_Deferred, _Form)):
                raise
            report_once(f"Python module {module.__name__}", f"its annotations cannot wait ({error})")
            del namespace["__builtins__"]
            self.ordinary.exec_module(module)
            return
        namespace["__builtins__"] = vars(builtins)
        namespace["typing"] = typing
        _make_values(namespace)


class GeneratedModuleFinder(MetaPathFinder):
    """Finds generated modules, and leaves every other one to the finders behind it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the ordinary spec with a loader that defers annotations, or None when the module is not generated."""
        if fullname not in _UNSCOPED and not (path and _has_assembly(path[0])):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        get_code = getattr(spec and spec.loader, "get_code", None)
        code = get_code(fullname) if get_code is not None else None
        if spec is not None and spec.loader is not None and code is not None and _IMPORTED.issubset(code.co_names):
            spec.loader = GeneratedModuleLoader(spec.loader, code)
        return spec


@functools.cache
def _has_assembly(folder: str) -> bool:
    """Whether jsii has generated the package in this folder."""
    return os.path.isdir(os.path.join(folder, "_jsii"))  # noqa: PTH112, PTH118 - pathlib takes 10 ms


def install() -> None:
    """Put the finder before all others, and let `typing.get_type_hints` make what it finds; once."""
    if any(isinstance(finder, GeneratedModuleFinder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, GeneratedModuleFinder())
    evaluate = typing.get_type_hints

    @functools.wraps(evaluate)
    def get_type_hints(obj: Any, *args: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - as in typing
        for owner in obj.__mro__ if isinstance(obj, type) else (obj,):
            _make_values(getattr(owner, "__annotations__", None) or {})
        return evaluate(obj, *args, **options)

    typing.get_type_hints = get_type_hints


def _make_values(namespace: dict[str, Any]) -> None:
    for name, value in namespace.items():
        if type(value) is _Deferred or type(value) is _Form:
            namespace[name] = made(value)


def _import(name: str, *context: Any) -> ModuleType:  # noqa: ANN401 - what Python gives to __import__
    # `import typing`, but not `from typing import ...`, and not in a function of a module, which keeps these builtins.
    if name == "typing" and len(context) > 2 and not context[2] and context[0].get("__builtins__") is _builtins:
        return _stand_in
    module: ModuleType = builtins.__import__(name, *context)
    return module


_builtins = {**vars(builtins), "__import__": _import}
_stand_in = ModuleType("typing")
_stand_in.__dict__.update(vars(typing), **{name: _Form(getattr(typing, name)) for name in _FORMS})
