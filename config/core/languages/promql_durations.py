"""Arithmetic with durations in PromQL, as in `rate(x[5m * 2])` and `x offset (1h - step())`.

The grammar is that of `duration_expr` in
https://github.com/prometheus/prometheus/blob/main/promql/parser/generated_parser.y
"""

from __future__ import annotations

import math
import re
from typing import Final

# A year has 365 days, as in Prometheus.
UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
MOST_DEPTH: Final = 50

_DURATION: Final = r"(?:\d+(?:ms|[smhdwy]))+"
_TOKEN: Final = re.compile(
    rf"\s*(?:(?P<duration>{_DURATION})|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<when>(?i:step|range)\s*\(\s*\))|(?P<function>(?i:max_of|min_of))\s*\(|(?P<operator>[-+*/%^(),]))\s*"
)
_PART: Final = re.compile(r"(\d+)(ms|[smhdwy])")
_PRECEDENCE: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 3}
_UNARY: Final = 2


class DurationError(ValueError):
    """A text is no duration, or one that cannot be computed; the message states why."""


def seconds_of_expression(text: str) -> float | None:
    """Return the seconds that a text stands for, None where `step()` or `range()` decide only when it is evaluated.

    Raises:
        DurationError: It is no arithmetic with durations, or has no finite result.

    """
    reader = _Reader(text)
    seconds = reader.value(0)
    if not reader.is_at_end():
        raise DurationError(f"ends after {text[: reader.position].strip()!r}")
    return seconds


class _Reader:
    """Reads by precedence: each call takes an operand and the operators that bind at least as tightly as `least`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def is_at_end(self) -> bool:
        return not self.text[self.position :].strip()

    def value(self, least: int) -> float | None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise DurationError(f"is nested more than {MOST_DEPTH} deep")
        left = self._operand()
        while (operator := self._operator()) and _PRECEDENCE.get(operator, -1) >= least:
            self._take()
            precedence = _PRECEDENCE[operator]
            left = _computed(operator, left, self.value(precedence if operator == "^" else precedence + 1))
        self.depth -= 1
        return left

    def _operand(self) -> float | None:
        token = self._take()
        if token["duration"]:
            return sum(int(number) * UNITS[unit] for number, unit in _PART.findall(token["duration"]))
        if token["number"]:
            return float(token["number"])
        if token["when"]:
            return None
        if token["function"]:
            return self._function(token["function"])
        if token["operator"] == "(":
            inner = self.value(0)
            self._expect(")")
            return inner
        if token["operator"] in ("+", "-"):
            operand = self.value(_UNARY + 1)
            return operand if operand is None or token["operator"] == "+" else -operand
        raise DurationError(f"has {token['operator']!r} where a duration has to be")

    def _function(self, name: str) -> float | None:
        first = self.value(0)
        self._expect(",")
        second = self.value(0)
        self._expect(")")
        if first is None or second is None:
            return None
        return max(first, second) if name.lower() == "max_of" else min(first, second)

    def _operator(self) -> str | None:
        token = _TOKEN.match(self.text, self.position)
        return None if token is None else token["operator"]

    def _take(self) -> re.Match[str]:
        token = _TOKEN.match(self.text, self.position)
        if token is None:
            raise DurationError("is no arithmetic with durations")
        self.position = token.end()
        return token

    def _expect(self, operator: str) -> None:
        if self._operator() != operator:
            raise DurationError(f"lacks {operator!r}")
        self._take()


def _computed(operator: str, left: float | None, right: float | None) -> float | None:
    if operator in ("/", "%") and right == 0:
        raise DurationError("divides by 0")
    if left is None or right is None:
        return None
    try:
        result = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
            "%": lambda: math.fmod(left, right),
            "^": lambda: math.pow(left, right),
        }[operator]()
    except (OverflowError, ValueError, ZeroDivisionError) as error:
        raise DurationError("has no finite result") from error
    if not math.isfinite(result):
        raise DurationError("has no finite result")
    return result
