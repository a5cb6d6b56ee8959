"""PromQL as Prometheus 3 reads it: whether an expression parses, and which of its features have to be switched on.

The parser of promql-parser lags behind in what Prometheus calls experimental, and has other regular expressions: both
are checked here and put in plain terms before it parses the rest.
https://prometheus.io/docs/prometheus/latest/feature_flags/
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from config.core.languages.promql import MOST_CHARACTERS, parse_error
from config.core.languages.regular_expressions import complaint_about_expression
from config.core.problems import shown

DURATION_ARITHMETIC: Final = "promql-duration-expr"
EXPERIMENTAL_FUNCTIONS: Final = "promql-experimental-functions"
EXTENDED_RANGES: Final = "promql-extended-range-selectors"
FILL_MODIFIERS: Final = "promql-binop-fill-modifiers"

_STRING: Final = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`'
_PIECE: Final = re.compile(
    rf"(?P<matcher>(?:=~|!~)\s*(?:{_STRING}))|(?P<string>{_STRING})|(?P<comment>\#[^\n]*)|(?P<brackets>\[[^\]\"'`#]*\])"
)
_DURATION: Final = r"(?:\d+(?:ms|[smhdwy]))+"
_PLAIN_RANGE: Final = re.compile(rf"\s*(?:{_DURATION}|[\d.eE]+)?\s*")
_DURATION_TERM: Final = re.compile(
    rf"\s*(?:{_DURATION}|\d+(?:\.\d*)?|\.\d+|step\s*\(\s*\)|range\s*\(\s*\)|(min|max)\s*\()"
)
_PARENTHESES: Final = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_OFFSET: Final = re.compile(rf"\b(offset\s*)[-+]?\s*({_PARENTHESES})", re.IGNORECASE)
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
        return Expression(parse_error(text), frozenset())
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
            plain.append(_plain_range(piece[0], features))
        else:
            plain.append(" " if piece["comment"] else piece[0])
    plain.append(_in_plain_terms(text[position:], features))
    error = parse_error(_OFFSET.sub(lambda found: _plain_offset(found, features), "".join(plain)))
    return Expression(None, frozenset(features)) if error is None else Expression(error, frozenset())


def _in_plain_terms(text: str, features: set[str]) -> str:
    """Return code between strings and brackets without what the parser does not know."""
    if _EXPERIMENTAL.search(_AT.sub("", text)):
        features.add(EXPERIMENTAL_FUNCTIONS)
    for pattern, feature in ((_EXTENDED, EXTENDED_RANGES), (_FILL, FILL_MODIFIERS)):
        text, count = pattern.subn("", text)
        if count:
            features.add(feature)
    return _UNDERSCORES.sub(lambda number: number[0].replace("_", ""), text)


def _plain_range(text: str, features: set[str]) -> str:
    parts = text[1:-1].split(":")
    if all(_PLAIN_RANGE.fullmatch(part) for part in parts):
        return text
    if not all(_PLAIN_RANGE.fullmatch(part) or _is_duration_arithmetic(part) for part in parts):
        return text
    features.add(DURATION_ARITHMETIC)
    return f"[{':'.join('5m' if part.strip() else part for part in parts)}]"


def _plain_offset(found: re.Match[str], features: set[str]) -> str:
    if not _is_duration_arithmetic(found[2]):
        return found[0]
    features.add(DURATION_ARITHMETIC)
    return f"{found[1]}5m"


def _is_duration_arithmetic(text: str) -> bool:
    """Return whether a text calculates a duration: of numbers, `step()`, `range()`, `min`, `max` and operators."""
    depth: list[bool] = []  # whether each open parenthesis is that of a function, which takes a comma
    position, wants_term = 0, True
    while position < len(text):
        if text[position].isspace():
            position += 1
        elif wants_term:
            term = _DURATION_TERM.match(text, position)
            if term is not None:
                position = term.end()
                wants_term = term[1] is not None
                if wants_term:
                    depth.append(True)
            elif text[position] in "+-(":
                if text[position] == "(":
                    depth.append(False)
                position += 1
            else:
                return False
        elif text[position] == ")" and depth:
            depth.pop()
            position += 1
        elif text[position] in "+-*/%^" or (text[position] == "," and depth and depth[-1]):
            wants_term = True
            position += 1
        else:
            return False
    return not depth and not wants_term


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] == "`" else _ESCAPE.sub(_unescaped, text[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 1:
        return _ESCAPES.get(code, code)
    return chr(int(code[1:], 16) if code[0] in "xuU" else int(code, 8))
