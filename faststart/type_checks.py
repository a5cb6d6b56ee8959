"""Type checks of generated code at a fraction of their cost; every check is still made.

Each jsii method evaluates the annotations of its stub anew and checks every argument with typeguard, most of them None.
Here a stub's annotations are evaluated once, and a value that typeguard certainly accepts is accepted without it.
Anything else goes to typeguard, which also writes the message when it refuses.
"""

from __future__ import annotations

import collections.abc
import functools
import importlib.metadata
import sys
import types
import typing
from typing import TYPE_CHECKING, Any

from ._settings import report_once
from .deferred_annotations import make_annotations

if TYPE_CHECKING:
    from collections.abc import Callable

    Accepts = Callable[[Any], bool]

_STUB_PREFIX = "_typecheckingstub__"
# Read while typeguard imports it: there the number is in no attribute of the module.
_KNOWN_TYPEGUARD = "2.13.3"

_hints_of_stubs: dict[object, dict[str, Any]] = {}
# By the id of an annotation; `_hints_of_stubs` keeps the annotations alive.
_accepts: dict[int, Accepts] = {}


def install_hints() -> None:
    """Make `typing.get_type_hints` remember the annotations of jsii's stubs, which never change."""
    evaluate = typing.get_type_hints
    if getattr(evaluate, "__faststart__", False):
        return

    @functools.wraps(evaluate)
    def get_type_hints(obj: Any, *args: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - as in typing
        hints = _hints_of_stubs.get(obj) if type(obj) is types.FunctionType else None
        if hints is not None:
            return hints
        make_annotations(obj)
        if args or options or not getattr(obj, "__name__", "").startswith(_STUB_PREFIX):
            return evaluate(obj, *args, **options)
        # jsii never writes `Annotated`; to look for it takes half of the time.
        hints = _hints_of_stubs[obj] = evaluate(obj, include_extras=True)
        for expected_type in hints.values():
            if id(expected_type) not in _accepts:
                _accepts[id(expected_type)] = certainly_accepts(expected_type)
        return hints

    get_type_hints.__faststart__ = True  # type: ignore[attr-defined]
    typing.get_type_hints = get_type_hints


def install_checks(typeguard: types.ModuleType) -> None:
    """Put the quick acceptance before `typeguard.check_type`, if this is the version whose rules are known here."""
    check = typeguard.check_type
    if getattr(check, "__faststart__", False):
        return
    if importlib.metadata.version("typeguard") != _KNOWN_TYPEGUARD:
        report_once("typeguard", f"its version is not {_KNOWN_TYPEGUARD}")
        return

    @functools.wraps(check)
    def check_type(argname: str, value: Any, expected_type: Any, memo: Any = None, **scopes: Any) -> None:  # noqa: ANN401
        accepts = _accepts.get(id(expected_type))
        if accepts is not None and accepts(value):
            return
        if memo is None:
            # Where typeguard would look up forward references.
            caller = sys._getframe(1)
            scopes = {"globals": caller.f_globals, "locals": caller.f_locals, **scopes}
        check(argname, value, expected_type, memo, **scopes)

    check_type.__faststart__ = True  # type: ignore[attr-defined]
    typeguard.__dict__["check_type"] = check_type


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
