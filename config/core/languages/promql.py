"""PromQL as Prometheus 3 reads it: whether an expression parses, and which of its features have to be switched on.

The parser of promql-parser lags behind in what Prometheus calls experimental, and has other regular expressions: both
are checked here and put in plain terms before it parses the rest.
https://prometheus.io/docs/prometheus/latest/feature_flags/

The parser is compiled code that recurses, and ends the process where that goes too deep: from about 3,000 operators or
8,000 parentheses on, with the usual stack of 8 MiB. Where it panics it writes a trace to standard error.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from config.core.languages.promql_durations import DurationError, seconds_of_expression
from config.core.languages.regular_expressions import complaint_about_expression
from config.core.problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS: Final = 64 * 1024
MOST_OPERATORS: Final = 1500

_STANDARD_ERROR: Final = 2
# Whatever the parser recurses at; a selector counts for its braces and each comparison.
_OPERATOR: Final = re.compile(r"[-+*/%^<>=!(\[{]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)

DURATION_ARITHMETIC: Final = "promql-duration-expr"
EXPERIMENTAL_FUNCTIONS: Final = "promql-experimental-functions"
EXTENDED_RANGES: Final = "promql-extended-range-selectors"
FILL_MODIFIERS: Final = "promql-binop-fill-modifiers"

_STRING: Final = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`'
_PIECE: Final = re.compile(
    rf"(?P<matcher>(?:=~|!~)\s*(?:{_STRING}))|(?P<string>{_STRING})|(?P<comment>\#[^\n]*)|(?P<brackets>\[[^\]\"'`#]*\])"
)
_PLAIN: Final = re.compile(r"\s*(?:(?:\d+(?:ms|[smhdwy]))+|[\d.eE]+)?\s*")
_PARENTHESES: Final = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_OFFSET: Final = re.compile(
    rf"\b(offset\s*)([-+]?\s*(?:(?:step|range)\s*\(\s*\)|(?:max_of|min_of)?\s*{_PARENTHESES}))", re.IGNORECASE
)
_EXTENDED: Final = re.compile(r"\b(?:anchored|smoothed)\b")
_FILL: Final = re.compile(r"\bfill(?:_left|_right)?\s*\(\s*[-+]?[\w.]+\s*\)")
_UNDERSCORES: Final = re.compile(r"(?<![\w.])(?:0x[\da-fA-F_]+|\d[\d_]*(?:\.[\d_]+)?)(?![\w])")
# Of Prometheus 3.14.
_EXPERIMENTAL: Final = re.compile(
    r"\b(?:double_exponential_smoothing|end|info|limitk|limit_ratio|mad_over_time|max_of|min_of|range|sort_by_label"
    r"|sort_by_label_desc|start|start_timestamp|step|ts_of_(?:first|last|max|min)_over_time)\s*(?:by\b|without\b|\()"
)
# The modifier @ has its own start() and end().
_AT: Final = re.compile(r"@\s*(?:start|end)\s*\(\s*\)")
_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)")


class Expression(NamedTuple):
    """What is wrong with an expression, None if nothing, and the features of Prometheus that it needs."""

    complaint: str | None
    features: frozenset[str]


@cache
def read_expression(text: str) -> Expression:
    """Read a PromQL expression."""
    if len(text) > MOST_CHARACTERS:
        return Expression(_parse_error(text), frozenset())
    features: set[str] = set()
    plain = []
    position = 0
    for piece in _PIECE.finditer(text):
        plain.append(_in_plain_terms(text[position : piece.start()], features))
        position = piece.end()
        if piece["matcher"]:
            expression = _unquoted(piece[0][2:].lstrip())
            complaint = complaint_about_expression(f"^(?s:{expression})$")
            if complaint is not None:
                return Expression(f"{shown(expression)} is no regular expression: {complaint}", frozenset())
            plain.append(f'{piece[0][:2]}".*"')
        elif piece["brackets"]:
            try:
                plain.append(_plain_range(piece[0], features))
            except DurationError as error:
                return Expression(str(error), frozenset())
        else:
            plain.append(" " if piece["comment"] else piece[0])
    plain.append(_in_plain_terms(text[position:], features))
    complaint = _parse_error("".join(plain))
    return Expression(complaint, frozenset(features if complaint is None else ()))


def _in_plain_terms(text: str, features: set[str]) -> str:
    """Return code between strings and brackets without what the parser does not know."""
    text = _OFFSET.sub(lambda found: _plain_offset(found, features), text)
    if _EXPERIMENTAL.search(_AT.sub("", text)):
        features.add(EXPERIMENTAL_FUNCTIONS)
    for pattern, feature in ((_EXTENDED, EXTENDED_RANGES), (_FILL, FILL_MODIFIERS)):
        text, count = pattern.subn("", text)
        if count:
            features.add(feature)
    return _without_underscores(text)


def _without_underscores(text: str) -> str:
    return _UNDERSCORES.sub(lambda number: number[0].replace("_", ""), text)


def _plain_range(text: str, features: set[str]) -> str:
    """Return a range, or range and resolution, as the parser knows them.

    Raises:
        DurationError: One of them is no duration, or not above 0.

    """
    text = _without_underscores(text)
    parts = text[1:-1].split(":")
    for part in parts:
        try:
            seconds = seconds_of_expression(part) if part.strip() else None
        except DurationError as error:
            raise DurationError(f"the range {text} {error}") from error
        if seconds is not None and seconds <= 0:
            raise DurationError(f"the range {text} is not above 0")
    if all(_PLAIN.fullmatch(part) for part in parts):
        return text
    features.add(DURATION_ARITHMETIC)
    return f"[{':'.join('5m' if part.strip() else part for part in parts)}]"


def _plain_offset(found: re.Match[str], features: set[str]) -> str:
    try:
        seconds_of_expression(found[2])
    except DurationError:
        return found[0]
    features.add(DURATION_ARITHMETIC)
    return f"{found[1]}5m"


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] == "`" else _ESCAPE.sub(_unescaped, text[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 1:
        return _ESCAPES.get(code, code)
    return chr(int(code[1:], 16) if code[0] in "xuU" else int(code, 8))


def _parse_error(expression: str) -> str | None:
    """Return what the parser says against an expression, on one line; None if it is right."""
    if len(expression) > MOST_CHARACTERS:
        return f"has {len(expression):,} characters; at most {MOST_CHARACTERS:,} are parsed"
    operators = len(_OPERATOR.findall(re.sub(_STRING, '""', expression))) if len(expression) > MOST_OPERATORS else 0
    if operators > MOST_OPERATORS:
        return f"has {operators:,} operators and brackets; at most {MOST_OPERATORS:,} are parsed: use recording rules"
    import promql_parser  # noqa: PLC0415 (only where there are expressions)

    try:
        with _silence():
            promql_parser.parse(expression)
    except BaseException as error:
        # The class of a panic derives from BaseException, and is not to be imported.
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        return next(iter(str(error).splitlines()), "cannot be parsed")
    return None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what compiled code writes to standard error from the reader."""
    standard_error, nowhere = os.dup(_STANDARD_ERROR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STANDARD_ERROR)
        yield
    finally:
        os.dup2(standard_error, _STANDARD_ERROR)
        os.close(standard_error)
        os.close(nowhere)
