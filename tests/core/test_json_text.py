"""JSON for readers of YAML: what is read is what was written, by readers of YAML 1.1, of YAML 1.2 and of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from config.core.files.json_text import json_for_yaml
from tests.fuzzing import fuzzed

# Every character but surrogates; those that YAML takes for line breaks, byte order marks or controls more often.
CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from(
        "\0\t\n\r\x1f\x7f\x80\x85\x9f\xa0\u2028\u2029\ufeff\ufffe\uffff\U00010000\U0001f525\U0010ffff\\\"'"
    ),
)
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=20),
    st.sampled_from(["\\ud83d\\udd25", "1e+16", '"1e+16"', "no", "~", "=", "0o7", "<<", "{{ $x }}", "# x", "- x"]),
)
VALUES = st.recursive(
    st.one_of(
        TEXTS, st.booleans(), st.none(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def read_as_yaml_1_2(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@fuzzed
@given(VALUES)
def test_every_reader_reads_what_was_written(value: Any) -> None:
    text = json_for_yaml(value)
    assert json.loads(text) == value
    assert yaml.safe_load(text) == value
    assert yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) == value  # noqa: S506 (safe as well)
    assert read_as_yaml_1_2(text) == value


@pytest.mark.parametrize("value", ["\ud83d", ["\udd25"], {"\udd25\ud83d": 1}])
def test_half_of_a_surrogate_pair_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        json_for_yaml(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [-float("inf")]])
def test_numbers_that_are_not_finite_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_for_yaml(value)


def test_text_without_such_characters_stays_as_it_was() -> None:
    assert json_for_yaml({"b": "ü", "a": [1, 1.5]}) == '{"a": [1, 1.5], "b": "\\u00fc"}'
