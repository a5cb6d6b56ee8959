"""What the first apply of a stack makes, as its configuration has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.planning.changes import UNKNOWN, Attribute, Change, Changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from operations.selection.synthesized import Stack

# Keys of a resource block that are no attributes.
META_ARGUMENTS = frozenset(
    {"//", "connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}
)


def is_certain(stack: Stack) -> bool:
    """Whether a first apply makes what is listed, whatever the stack reads: no resource counts by a value."""
    blocks = [block for named in stack.configuration.get("resource", {}).values() for block in named.values()]
    return not any({"count", "for_each"} & block.keys() for block in blocks)


def changes(stack: Stack) -> Changes:
    """List every resource and output as an addition; what refers to something else is known after the apply."""
    resources = tuple(
        Change(f"{type_}.{name}", type_, ("add",), tuple(_attributes(content)))
        for type_, named in stack.configuration.get("resource", {}).items()
        for name, content in named.items()
    )
    outputs = tuple(Attribute(name, None, UNKNOWN) for name in sorted(stack.outputs))
    return Changes(tuple(sorted(resources, key=lambda change: change.address)), outputs)


def _attributes(content: dict[str, Any]) -> Iterator[Attribute]:
    for name, value in content.items():
        if name not in META_ARGUMENTS:
            yield from _leaves(name, value)


def _leaves(path: str, value: JsonValue) -> Iterator[Attribute]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(f"{path}[{index}]", item)
    elif value is not None:
        yield Attribute(path, None, UNKNOWN if isinstance(value, str) and "${" in value else value)
