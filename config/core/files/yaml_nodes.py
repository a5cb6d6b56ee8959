"""What a YAML file holds, with the line of every key and value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from config.core.problems import LocatedProblem, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from config.core.problems import Location

# What a value counts in addition to its characters; an alias counts as often as it repeats what it stands for.
VALUE_WEIGHT: Final = 64


@dataclass(slots=True)
class Node:
    """A value of the file: its content, where it stands and how it is written."""

    line: int
    content: dict[str, Entry] | list[Node] | str | float | bool | None
    text: str = ""
    refused: bool = False
    weight: int = VALUE_WEIGHT

    def plain(self) -> JsonValue:
        """Return the value without positions."""
        if isinstance(self.content, dict):
            return {key: entry.node.plain() for key, entry in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content


class Entry(NamedTuple):
    """A key of a mapping: its line and its value."""

    line: int
    node: Node


@dataclass(slots=True)
class Document:
    """What a file holds, nothing if it could not be read; the problems of reading it, and notices that stop nothing."""

    file: str
    root: Node | None
    problems: list[LocatedProblem] = field(default_factory=list)
    notices: list[LocatedProblem] = field(default_factory=list)

    def node_at(self, location: Location) -> Node | None:
        """Return the value at a location, None if there is none."""
        found = list(self._walk(location))
        return found[-1][1] if len(found) == len(location) + 1 else None

    def is_refused(self, location: Location) -> bool:
        """Return whether the value at a location, or one around it, is a problem already."""
        return any(node.refused for _, node in self._walk(location))

    def problem(self, location: Location, message: str) -> LocatedProblem:
        """Return a problem of this file, at the line of its location or of the nearest one around that."""
        lines = [line for line, _ in self._walk(location)] or [1]
        return LocatedProblem(self.file, lines[-1], shown_path(location), message)

    def _walk(self, location: Location) -> Iterator[tuple[int, Node]]:
        if self.root is None:
            return
        node = self.root
        yield node.line, node
        for part in location:
            content = node.content
            if isinstance(content, dict) and isinstance(part, str) and part in content:
                line, node = content[part]
            elif isinstance(content, list) and isinstance(part, int) and part < len(content):
                node = content[part]
                line = node.line
            else:
                return
            yield line, node
