"""JSON files: what the standard has, and a place for everything that it has not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.core.files.json_source import DEEPEST_NESTING, MOST_DIGITS, read_json
from tests.fuzzing import fuzzed

if TYPE_CHECKING:
    from pathlib import Path

characters = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
contents = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats(-1e200, 1e200) | st.text(characters),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(characters, max_size=5), below, max_size=4),
    max_leaves=20,
)


def problems(tmp_path: Path, text: str) -> list[str]:
    """Return what is wrong with a file of this text."""
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    document = read_json(path, "x.json")
    assert (document.content is None) == bool(document.problems) or json.loads(text) is None
    return [str(problem) for problem in document.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,\n "a": 2}', ["x.json:2: a: is given twice; keep one"]),
        ('[\n{"a": {"b": 1,\n"b": 1}}]', ["x.json:3: [0].a.b: is given twice; keep one"]),
        ("[1,\nNaN, [-Infinity]]", [
            "x.json:2: [1]: NaN is no finite number, and no JSON",
            "x.json:2: [2][0]: -Infinity is no finite number, and no JSON",
        ]),
        ('{"a": [{}, [], 1e999]}', ["x.json:1: a[2]: 1e999 is too large a number"]),
        (f"[{'9' * (MOST_DIGITS + 1)}]", [f"x.json:1: [0]: {'9' * 80}' is too large a number"]),
        ('{"a\\u0000": 1}', ['x.json:1: "a\\u0000": holds the control character U+0000; remove it']),
        ('["\\ud800"]', ["x.json:1: [0]: holds the control character U+D800; remove it"]),
        ('{"a":\n"\\u0024{TfToken[TOKEN.1]}"}', [
            "x.json:2: a: '${TfToken[TOKEN.1]}' holds a token of cdktf, which it would replace; write it otherwise"
        ]),
        ("{}\n}", ["x.json:2: file: is not JSON: Extra data"]),
        ("", ["x.json:1: file: is not JSON: Expecting value"]),
        ('{"a": NaN,\n"b\t": 1}', ["x.json:2: file: is not JSON: Invalid control character at"]),
        ("[NaN]]", ["x.json:1: file: is not JSON: Extra data"]),
        ('{"a": 1, "a": 2, ]}', ["x.json:1: file: is not JSON: Expecting property name enclosed in double quotes"]),
        ("[" * 101 + "]" * 101, [f"x.json:1: file: is nested deeper than {DEEPEST_NESTING} levels"]),
        ("[" * 200_000, [f"x.json:1: file: is nested deeper than {DEEPEST_NESTING} levels"]),
    ],
)  # fmt: skip
def test_fails_with_the_place(text: str, expected: list[str], tmp_path: Path) -> None:
    assert problems(tmp_path, text) == expected


@given(contents)
@fuzzed
def test_content_is_what_was_written(tmp_path: Path, content: Any) -> None:
    for ensure_ascii in (True, False):
        assert problems(tmp_path, json.dumps(content, ensure_ascii=ensure_ascii, indent=1)) == []
        assert read_json(tmp_path / "x.json", "x.json").content == content


@given(contents, st.data())
@fuzzed
def test_a_problem_is_at_the_line_of_its_value(tmp_path: Path, content: Any, data: st.DataObject) -> None:
    """Each value stands on a line of its own, whose number is that of its text."""
    location: list[str | int] = []
    value = content
    while isinstance(value, dict | list) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else list(range(len(value)))))
        location.append(key)
        value = value[key]
    marked = json.dumps(_with(content, location, "the marked value"), indent=1)
    assert problems(tmp_path, marked) == []
    document = read_json(tmp_path / "x.json", "x.json")
    lines = [number for number, line in enumerate(marked.splitlines(), start=1) if "the marked value" in line]
    assert [document.problem(tuple(location), "wrong").line] == lines[:1]


def _with(content: Any, location: list[str | int], value: Any) -> Any:
    if not location:
        return value
    first, *rest = location
    if isinstance(content, dict):
        return {key: _with(below, rest, value) if key == first else below for key, below in content.items()}
    return [_with(below, rest, value) if key == first else below for key, below in enumerate(content)]


# What is refused stands among them whole, so that texts go wrong behind it too.
PIECES = (*'{}[]",:0123eE+-.\\u \ntrue\x7f', '{"a":', '"a"', "NaN", "-Infinity", "1e999", ",", "[")


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@fuzzed
def test_arbitrary_text_gives_problems_and_nothing_else(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    document = read_json(path, "x.json")
    assert document.problems or json.loads(text) == document.content
