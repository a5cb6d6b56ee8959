"""What texts without quotes stand for."""

from __future__ import annotations

import pytest

from config.core.files.yaml_scalars import MOST_DIGITS, resolved


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *((text, None) for text in ("", "~", "null", "Null", "NULL")),
        ("0", 0), ("-1", -1), ("+2", 2), ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0),
        ("9" * MOST_DIGITS, 10**18 - 1),
        ("tRUE", "tRUE"), ("nULL", "nULL"), ("1.2.3", "1.2.3"), ("v1", "v1"), ("-", "-"),
    ],
)  # fmt: skip
def test_every_reader_agrees(text: str, value: object) -> None:
    found = resolved(text)
    assert found == (value, None)
    assert type(found[0]) is type(value)


@pytest.mark.parametrize("text", ["yes", "On", "NO", "off", "012", "0x1f", "1_000", "1:30", ".inf", "-.NaN"])
def test_what_readers_disagree_about_is_refused(text: str) -> None:
    value, complaint = resolved(text)
    assert value == text
    assert complaint is not None


def test_a_number_has_at_most_18_digits() -> None:
    assert MOST_DIGITS == 18
    assert resolved("9" * 19) == ("9" * 19, "has 19 digits, too many for a number; put it in quotes if it is text")
