"""Applies the overrides of an environment to its resources, each by the type that the provider's schema gives it."""

from __future__ import annotations

import builtins
import inspect
import types
import typing
from typing import TYPE_CHECKING, Any, Final

from cdktf import IResolvable, TerraformResource

from config.core.problems import ConfigurationError, nearest, shown
from config.overrides import problem_of_override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from config.core.problems import LocatedProblem, Location
    from stacks.base import EnvironmentStack

# Parameters of a resource's class that are no arguments of the provider's, or its own answers.
_OTHER: Final = frozenset(
    ("self", "scope", "id_", "tags_all", "connection", "count", "depends_on", "for_each", "lifecycle", "provider",
     "provisioners", "timeouts")
)  # fmt: skip


def apply_overrides(stacks: Sequence[EnvironmentStack]) -> None:
    """Write every override into its resource.

    Raises:
        ConfigurationError: An override names no stack, resource or argument, or has another type than the argument.

    """
    problems: list[LocatedProblem] = []
    names = [stack.NAME for stack in stacks]
    for environment in {stack.environment.name: stack.environment for stack in stacks}.values():
        for name in environment.overrides:
            if name not in names:
                message = f"there is no such stack; {nearest(name, names)}there are: {', '.join(names)}"
                problems.append(problem_of_override(environment.name, (name,), message))
    for stack in stacks:
        wanted = stack.environment.overrides.get(stack.NAME)
        if wanted:
            problems += _apply(stack, wanted)
    if problems:
        raise ConfigurationError(problems)


def _apply(stack: EnvironmentStack, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[LocatedProblem]:
    resources = {
        construct.node.path.removeprefix(f"{stack.stack_name}/"): construct
        for construct in stack.node.find_all()
        if isinstance(construct, TerraformResource)
    }
    environment = stack.environment.name
    for path, arguments in wanted.items():
        resource = resources.get(path)
        if resource is None:
            message = f"the stack has no such resource; {nearest(path, resources)}".rstrip("; ")
            yield problem_of_override(environment, (stack.NAME, path), message)
            continue
        for argument, value in arguments.items():
            found = list(_problems_of(type(resource), argument, value))
            for location, message in found:
                yield problem_of_override(environment, (stack.NAME, path, argument, *location), message)
            if not found:
                _put(resource, argument, value)
        # Plans and reports read here what of a resource no setting says.
        resource.add_override("//.overrides", sorted(arguments))


def _put(resource: TerraformResource, argument: str, value: object) -> None:
    """Write an argument in place of what it was: an override alone would be merged with lists and mappings."""
    holder: Any = resource
    *parents, name = argument.split(".")
    for parent in parents:
        holder = getattr(holder, parent)
    reset = getattr(holder, f"reset_{name}", None)
    if reset is not None:
        reset()
    elif isinstance(value, list):
        setattr(holder, name, value)
        return
    resource.add_override(argument, value)


def _problems_of(class_: type, argument: str, value: object) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with an override: a name that the schema lacks, or a value of another type."""
    name = class_.__name__
    annotation: Any = None
    for part in argument.split("."):
        known = _members(class_)
        if part not in known:
            yield (), f"{name} has no argument {part}; {nearest(part, known)}there are: {', '.join(sorted(known))}"
            return
        annotation = known[part]
        class_ = next(iter(_structures(annotation)), class_)
        name = f"{name}.{part}"
    if value is not None:
        yield from _mismatches(annotation, value, ())


def _members(class_: type) -> dict[str, Any]:
    """Return the arguments of a resource or of a structure in it; the id of a resource is none."""
    constructor: Any = vars(class_)["__init__"]
    hints = typing.get_type_hints(constructor)
    parameters = inspect.signature(constructor).parameters
    is_resource = issubclass(class_, TerraformResource)
    return {
        name: hints.get(name, Any) for name in parameters if name not in _OTHER and not (is_resource and name == "id")
    }


def _choices(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - annotations have no common type
    """Return what a value may be: a generated argument takes a structure also as a mapping, and tokens."""
    is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    found = typing.get_args(annotation) if is_union else (annotation,)
    left = [one for one in found if one not in (IResolvable, types.NoneType)]
    structures = [one for one in left if _is_structure(one)]
    return tuple(structures or left)


def _structures(annotation: Any) -> Iterator[type]:  # noqa: ANN401 - annotations have no common type
    for choice in _choices(annotation):
        if _is_structure(choice):
            yield choice


def _is_structure(annotation: Any) -> bool:  # noqa: ANN401 - annotations have no common type
    return inspect.isclass(annotation) and hasattr(annotation, "__jsii_type__") and annotation is not IResolvable


def _mismatches(annotation: Any, value: Any, location: Location) -> Iterator[tuple[Location, str]]:  # noqa: ANN401 - as above
    choices = _choices(annotation)
    if Any in choices:
        return
    found = [list(_mismatches_of_choice(choice, value, location)) for choice in choices]
    if all(found):
        yield from min(found, key=lambda problems: (len(problems), len(problems[0][0])))


def _mismatches_of_choice(choice: Any, value: Any, location: Location) -> Iterator[tuple[Location, str]]:  # noqa: ANN401 - as above
    origin = typing.get_origin(choice)
    if origin is not None and issubclass(origin, typing.Mapping):
        if not isinstance(value, dict):
            yield location, f"{shown(value)} is not a mapping"
            return
        for key, item in value.items():
            yield from _mismatches(typing.get_args(choice)[1], item, (*location, key))
    elif origin is not None and issubclass(origin, typing.Sequence):
        if not isinstance(value, list):
            yield location, f"{shown(value)} is not a list"
            return
        for position, item in enumerate(value):
            yield from _mismatches(typing.get_args(choice)[0], item, (*location, position))
    elif _is_structure(choice):
        yield from _mismatches_of_structure(choice, value, location)
    else:
        names = {builtins.str: "text", builtins.bool: "true or false", builtins.int: "a number", float: "a number"}
        is_right = isinstance(value, choice) and (choice is bool or not isinstance(value, bool))
        if not is_right:
            yield location, f"{shown(value)} is not {names.get(choice, choice.__name__)}"


def _mismatches_of_structure(class_: type, value: Any, location: Location) -> Iterator[tuple[Location, str]]:  # noqa: ANN401 - as above
    if not isinstance(value, dict):
        yield location, f"{shown(value)} is not a mapping"
        return
    known = _members(class_)
    for key, item in value.items():
        if key not in known:
            yield (*location, key), f"is no argument there; {nearest(key, known)}there are: {', '.join(known)}"
        elif item is not None:
            yield from _mismatches(known[key], item, (*location, key))
