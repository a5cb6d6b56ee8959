"""Type checks of generated code at a fraction of their cost; every check is still made.

Each call of a jsii method evaluates the annotations of its stub and checks every argument, most of them None.
Here an annotation is evaluated once, when the first value arrives that is not the None of an optional argument, and a
value that typeguard certainly accepts is accepted without it. Anything else goes to typeguard, which also writes the
message when it refuses.
"""

from __future__ import annotations

import collections.abc
import functools
import importlib
import sys
import types
import typing
from typing import TYPE_CHECKING, Any

from faststart._settings import report_once

from .deferred_annotations import is_optional

if TYPE_CHECKING:
    from collections.abc import Callable

    Accepts = Callable[[Any], bool]

_STUB_PREFIX = "_typecheckingstub__"
# Read while typeguard imports it: there the number is in no attribute of the module.
_KNOWN_TYPEGUARD = "2.13.3"

_hints_of_stubs: dict[types.FunctionType, dict[str, Hint]] = {}


class Hint:
    """What a parameter of a stub may be."""

    def __init__(self, stub: types.FunctionType, name: str) -> None:
        self._stub = stub
        self._name = name
        self.may_be_none = is_optional(stub.__annotations__[name])

    @functools.cached_property
    def expected_type(self) -> Any:  # noqa: ANN401 - annotations have no common type
        """The annotation as `typing.get_type_hints` evaluates it."""
        annotations = {self._name: self._stub.__annotations__[self._name]}
        holder = types.SimpleNamespace(__annotations__=annotations, __globals__=self._stub.__globals__)
        return typing.get_type_hints(holder)[self._name]

    @functools.cached_property
    def certainly_accepts(self) -> Accepts:
        """A test that is true only for values that typeguard accepts."""
        return certainly_accepts(self.expected_type)


def install(typeguard: types.ModuleType) -> None:
    """Put the quick acceptance before `typeguard.check_type`, if this is the version whose rules are known here.

    Then `typing.get_type_hints` gives a `Hint` for each parameter of a stub of jsii, and for anything else what it ever
    gave.
    """
    check, evaluate = typeguard.check_type, typing.get_type_hints
    if getattr(check, "__faststart__", False):
        return
    if importlib.import_module("importlib.metadata").version("typeguard") != _KNOWN_TYPEGUARD:
        report_once("typeguard", f"its version is not {_KNOWN_TYPEGUARD}")
        return

    @functools.wraps(check)
    def check_type(argname: str, value: Any, expected_type: Any, memo: Any = None, **scopes: Any) -> None:  # noqa: ANN401 - as typeguard
        if type(expected_type) is Hint:
            if (value is None and expected_type.may_be_none) or expected_type.certainly_accepts(value):
                return
            expected_type = expected_type.expected_type
        if memo is None:
            # Where typeguard would look up forward references.
            caller = sys._getframe(1)
            scopes = {"globals": caller.f_globals, "locals": caller.f_locals, **scopes}
        check(argname, value, expected_type, memo, **scopes)

    @functools.wraps(evaluate)
    def get_type_hints(obj: Any, *args: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - as in typing
        if type(obj) is types.FunctionType and obj.__name__.startswith(_STUB_PREFIX) and not args and not options:
            hints = _hints_of_stubs.get(obj)
            if hints is None:
                hints = _hints_of_stubs[obj] = {name: Hint(obj, name) for name in obj.__annotations__}
            return hints
        return evaluate(obj, *args, **options)

    check_type.__faststart__ = True  # type: ignore[attr-defined] # a mark
    typeguard.__dict__["check_type"] = check_type
    typing.get_type_hints = get_type_hints


def certainly_accepts(expected_type: Any) -> Accepts:  # noqa: ANN401 - annotations have no common type
    """Return a test that is true only for values that typeguard 2.13.3 accepts; it may be false for others of them."""
    if expected_type is Any:
        return _always
    origin, arguments = typing.get_origin(expected_type), typing.get_args(expected_type)
    if origin is None:
        return _accepts_class(expected_type)
    if origin is typing.Union:
        return _accepts_any_of([certainly_accepts(argument) for argument in arguments])
    if origin is collections.abc.Mapping:
        # typeguard does not look into a Mapping.
        return lambda value: type(value) is dict
    if origin is dict and len(arguments) == 2:
        keys, values = map(certainly_accepts, arguments)
        return lambda value: type(value) is dict and all(map(keys, value)) and all(map(values, value.values()))
    if origin in (list, collections.abc.Sequence) and len(arguments) == 1:
        items = certainly_accepts(arguments[0])
        return lambda value: type(value) is list and all(map(items, value))
    return _never


def _accepts_class(expected_type: Any) -> Accepts:  # noqa: ANN401 - annotations have no common type
    if not isinstance(expected_type, type) or issubclass(expected_type, (tuple, complex, bytes, typing.IO)):
        return _never
    if getattr(expected_type, "_is_protocol", False):
        # typeguard accepts anything for a protocol that is not checkable at run time.
        return _never if getattr(expected_type, "_is_runtime_protocol", False) else _always
    if expected_type is float:
        return lambda value: isinstance(value, (int, float))
    if typing.is_typeddict(expected_type) or hasattr(expected_type, "__extra__"):
        return _never
    return lambda value: isinstance(value, expected_type)


def _accepts_any_of(tests: list[Accepts]) -> Accepts:
    if _always in tests:
        return _always
    useful = [test for test in tests if test is not _never]
    if len(useful) == 2:
        first, second = reversed(useful)
        return lambda value: first(value) or second(value)
    return lambda value: any(test(value) for test in useful)


def _always(_value: object) -> bool:
    return True


def _never(_value: object) -> bool:
    return False
