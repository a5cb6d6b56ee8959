"""Times of cron: nothing that the parser of Kubernetes and Velero would refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from config.core.languages.cron import Cron

CRON: TypeAdapter[str] = TypeAdapter(Cron)
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


@pytest.mark.parametrize(
    "text",
    [
        "0 3 * * *",
        "*/15 * * * *",
        "0,30 8-18/2 1,15 jan-mar MON-FRI",
        "59 23 31 12 6",
        "0 0 * * sun,wed",
        "5-10/2 0 1-31 * *",
        "@daily",
    ],
)
def test_is_taken(text: str) -> None:
    assert CRON.validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "@never", "* * * *", "* * * * * *", "0  3 * * *", " 0 3 * * *"),
        *("60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 7"),
        *("* * * * mon-", "5-1 * * * *", "*/0 * * * *", "1- * * * *", "a * * * *", "* * * * jan"),
        *("1,,2 * * * *", "-1 * * * *", "1.5 * * * *", "\u0661 * * * *"),
    ],
)
def test_fails(text: str) -> None:
    with pytest.raises(ValidationError):
        CRON.validate_python(text)


@given(st.tuples(*(st.integers(low - 2, high + 2) for low, high in RANGES)))
def test_numbers_are_taken_within_their_ranges(numbers: tuple[int, ...]) -> None:
    text = " ".join(map(str, numbers))
    if all(low <= number <= high for number, (low, high) in zip(numbers, RANGES, strict=True)):
        assert CRON.validate_python(text) == text
    else:
        with pytest.raises(ValidationError):
            CRON.validate_python(text)
