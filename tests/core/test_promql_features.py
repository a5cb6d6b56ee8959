"""PromQL as Prometheus 3 reads it, with the features that an expression needs."""

from __future__ import annotations

import pytest

from config.core.languages.promql import (
    DURATION_ARITHMETIC,
    EXPERIMENTAL_FUNCTIONS,
    EXTENDED_RANGES,
    FILL_MODIFIERS,
    Expression,
    read_expression,
)


@pytest.mark.parametrize(
    ("expression", "features"),
    [
        ("sum by (job) (rate(x[5m])) > bool 0", set()),
        ("x[300] offset 1h30m", set()),
        ("rate(x[5m:30s] @ end()) + 1_000_000", set()),
        ('x{a="[5m * 2]", b=~"[[:alpha:]](?i)b", c=~`\\d`} # [5m *', set()),
        ('{"metric.with.dots", "label.too"="x"}', set()),
        ("rate(x[5m * 2])", {DURATION_ARITHMETIC}),
        ("rate(x[(5m + 1h) / 2:1m])", {DURATION_ARITHMETIC}),
        ("rate(x[max_of(step(), 5m)])", {DURATION_ARITHMETIC}),
        ("rate(x[-5m + 10m:2 ^ 3])", {DURATION_ARITHMETIC}),
        ("x[-step()]", {DURATION_ARITHMETIC}),
        ("x offset (1h - 5m)", {DURATION_ARITHMETIC}),
        ("x offset -step() + y offset - min_of(5m, 1h)", {DURATION_ARITHMETIC}),
        ("x offset -5m", set()),
        ("x{a='offset (5m)'}", set()),
        ("x[1_000]", set()),
        ("increase(x[5m] anchored) + rate(x[5m] smoothed offset 5m)", {EXTENDED_RANGES}),
        ("x + on (a) fill(0) y - fill_left(-1) z", {FILL_MODIFIERS}),
        ("limitk by (a) (2, x) or sort_by_label(x, 'a')", {EXPERIMENTAL_FUNCTIONS}),
        ("x @ start()", set()),
    ],
)
def test_taken(expression: str, features: set[str]) -> None:
    assert read_expression(expression) == Expression(None, frozenset(features))


@pytest.mark.parametrize(
    "expression",
    [
        "sum by (x", "x[5m", "x[5m +]", "x[* 2]", "x[5m ** 2]", "x[f(5m)]", 'x{a=~"(?!b)"}', 'x{a!~"["}',
        "x[-5m]", "x[5m - 5m]", "x[0s]", "x[1h:-5m]", "x[5m / 0]", "x[10 ^ 400]", "x[(-2) ^ 0.5]", "x[5m step()]",
        "x[max_of(5m)]", "x[" + "(" * 60 + "5m" + ")" * 60 + "]", "x offset (y)", "x y", "rate(x)", "nofunc(x)",
        "x[5m)]",
    ],
)  # fmt: skip
def test_refused(expression: str) -> None:
    assert read_expression(expression).complaint
