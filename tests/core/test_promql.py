"""Expressions that would end the parser of PromQL are problems, whatever makes them complex."""

from __future__ import annotations

import pytest

from config.core.languages.promql import MOST_CHARACTERS, MOST_OPERATORS, read_expression

DEEP = {
    "parentheses": "(" * 16_000 + "a" + ")" * 16_000,
    "operators": "1+" * 20_000 + "1",
    "powers": "1^" * 20_000 + "1",
    "sets": "a or " * 10_000 + "a",
    "functions": "sum(" * 12_000 + "a" + ")" * 12_000,
    "behind an open quote": "'" + "1+" * 20_000 + "1",
}


@pytest.mark.parametrize(
    "expression",
    [
        "up",
        "sum(rate(a[5m])) > 1",
        " or ".join(["a"] * 100),
        "a or " * MOST_OPERATORS + "a",
        'a{b=~"' + "(x+)|" * 9000 + '"}',
    ],
)
def test_right_expressions_have_no_error(expression: str) -> None:
    assert read_expression(expression).complaint is None


@pytest.mark.parametrize("expression", ["sum(", "a b", "\ud800", "a b" + " " * 5000])
def test_the_parser_says_what_is_wrong(expression: str) -> None:
    error = read_expression(expression).complaint
    assert error is not None
    assert "\n" not in error


@pytest.mark.parametrize("kind", DEEP)
def test_fails_on_what_ends_the_parser(kind: str) -> None:
    error = read_expression(DEEP[kind]).complaint
    assert error is not None
    assert error.endswith(" operators and brackets; at most 1,500 are parsed: use recording rules")


def test_fails_on_an_endless_expression() -> None:
    assert read_expression("a" * (MOST_CHARACTERS + 1)).complaint == "has 65,537 characters; at most 65,536 are parsed"


def test_a_panic_of_the_parser_is_an_error_without_a_trace(capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        read_expression("a offset nan").complaint
        == "cannot convert float seconds to Duration: value is either too big or NaN"
    )
    assert capfd.readouterr() == ("", "")
