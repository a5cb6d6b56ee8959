"""Reads a JSON file: what Python's parser takes beyond the standard is refused, each problem with its line.

Lines are looked for only where something is wrong, so that a right file costs little more than Python's parser takes.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from config.core.files.text_files import MOST_BYTES, UnreadableError, complaint_about_text, read_text
from config.core.files.tokens import complaint_about_tokens
from config.core.problems import MOST_PROBLEMS, LocatedProblem, shown, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.core.problems import Location

DEEPEST_NESTING: Final = 100
MOST_DIGITS: Final = 300

_PART: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"{}\[\],:]+|[{}\[\],:]', re.DOTALL)


@dataclass(slots=True)
class JsonDocument:
    """What a JSON file holds: nothing if it has problems."""

    file: str
    content: Any
    problems: list[LocatedProblem] = field(default_factory=list)
    text: str = ""

    def problem(self, location: Location, message: str) -> LocatedProblem:
        """Return a problem of this file, at the line of its location or of the nearest one around that."""
        nearest, longest = 0, -1
        for value in _values(self.text):
            length = len(value.location)
            if length > longest and value.location == location[:length]:
                nearest, longest = value.position, length
        return LocatedProblem(self.file, _line(self.text, nearest), shown_path(location), message)


def read_json(path: Path, file: str, *, most_bytes: int = MOST_BYTES) -> JsonDocument:
    """Read a file that its problems call `file`; a file that cannot be read gives a document that says why."""
    try:
        return _document(file, read_text(path, most_bytes=most_bytes))
    except UnreadableError as error:
        return JsonDocument(file, None, [LocatedProblem(file, error.line, error.path, error.message)])


class _RefusedError(ValueError):
    """Raised by what Python's parser calls, which knows no place."""


def _document(file: str, text: str) -> JsonDocument:
    try:
        content = _parsed(text, _STRICT)
    except _RefusedError:
        # The parser has not seen what is behind the place that is refused.
        _parsed(text, _TOLERANT)
        content = None
    else:
        if _is_deep(content):
            raise UnreadableError(1, f"is nested deeper than {DEEPEST_NESTING} levels")
    # A character or a token that is refused is in the text as it is, or escaped.
    if (
        content is None
        or "\\u" in text
        or "TfToken" in text
        or "Map Token Value" in text
        or complaint_about_tokens(text)
    ):
        problems = [
            LocatedProblem(file, _line(text, value.position), shown_path(value.location), complaint)
            for value in _values(text)
            for complaint in _complaints(value)
        ]
        if problems:
            return JsonDocument(file, None, problems[:MOST_PROBLEMS], text)
    return JsonDocument(file, content, [], text)


def _parsed(text: str, decoder: json.JSONDecoder) -> Any:  # noqa: ANN401 (JSON)
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(error.lineno, f"is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise UnreadableError(1, f"is nested deeper than {DEEPEST_NESTING} levels") from error


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _RefusedError
    return mapping


def _refused(_constant: str) -> NoReturn:
    raise _RefusedError


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text)


def _int(text: str) -> int:
    return int(text) if len(text) <= MOST_DIGITS else _refused(text)


_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_mapping, parse_constant=_refused, parse_float=_float, parse_int=_int
)
_TOLERANT: Final = json.JSONDecoder(parse_float=str, parse_int=str)


def _is_deep(content: object) -> bool:
    level = [content]
    for _ in range(DEEPEST_NESTING):
        level = [
            below
            for node in level
            for below in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(below, dict | list)
        ]
        if not level:
            return False
    return True


class _Value(NamedTuple):
    """A value of the text, or the key of one: where it is, how it is written, and whether that key was there before."""

    location: Location
    position: int
    written: str
    is_key: bool = False
    is_second: bool = False


class _Level:
    """A mapping or list that is being read; `key` is that of the value to come."""

    def __init__(self, *, is_mapping: bool) -> None:
        self.keys: set[str] = set()
        self.key: str | int | None = None if is_mapping else 0
        self.is_mapping = is_mapping


def _values(text: str) -> Iterator[_Value]:
    """Yield every value and key of a text that Python's parser takes, in order."""
    levels: list[_Level] = []
    location: list[str | int] = []
    for part in _PART.finditer(text):
        written = part[0]
        top = levels[-1] if levels else None
        if written == ",":
            location.pop()
            if top is not None and not top.is_mapping:
                location.append(0 if top.key is None else int(top.key) + 1)
                top.key = location[-1]
        elif written in "]}":
            levels.pop()
            if len(location) > len(levels):
                location.pop()
        elif written == ":":
            continue
        elif top is not None and top.is_mapping and len(location) < len(levels):
            key = json.loads(written)
            location.append(key)
            yield _Value(tuple(location), part.start(), written, is_key=True, is_second=key in top.keys)
            top.keys.add(key)
        else:
            yield _Value(tuple(location), part.start(), written)
            if written in "[{":
                levels.append(_Level(is_mapping=written == "{"))
                if written == "[":
                    location.append(0)


def _complaints(value: _Value) -> Iterator[str]:
    written = value.written
    if value.is_second:
        yield "is given twice; keep one"
    if written.startswith('"'):
        decoded = json.loads(written)
        control = complaint_about_text(decoded)
        if control is not None:
            yield control.message
        token = complaint_about_tokens(decoded)
        if token is not None:
            yield token
    elif written in ("NaN", "Infinity", "-Infinity"):
        yield f"{written} is no finite number, and no JSON"
    elif written.lstrip("-")[:1].isdigit():
        is_large = len(written) > MOST_DIGITS if written.lstrip("-").isdigit() else not math.isfinite(float(written))
        if is_large:
            yield f"{shown(written)[1:-1]} is too large a number"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
