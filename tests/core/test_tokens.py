"""Tokens of cdktf in a file: each form is found by cdktf as well, and refused with its place."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest

from config.core.files.tokens import complaint_about_tokens
from config.core.files.yaml_source import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = struct.unpack(">d", b"\xfd\xff\0\0\0\0\0\3")[0]
LIST_NUMBER = struct.unpack(">d", b"\xfb\xff\0\0\0\0\0\3")[0]
TOKENS = (
    "${TfToken[TOKEN.3]}",
    "#{TfToken[TOKEN.3]}",
    "&{TfToken[TOKEN.3]}",
    "$${TfToken[TOKEN.3]}",
    f"before{NUMBER!r}after",
    f"{LIST_NUMBER!r}",
    "-8109562212591385000000e+277",
    "String Map Token Value",
    "Any Map Token Value",
)
TEXTS = ("${x}", "TfToken[TOKEN.3]", "1e5", "-1e289", "8.1e298", "e+e", "Some Map Token Value", "-8.1e1000", "")


@pytest.mark.parametrize("text", TOKENS)
def test_fails_on_a_token(text: str) -> None:
    assert complaint_about_tokens(text) is not None


@pytest.mark.parametrize("text", TEXTS)
def test_anything_else_is_text(text: str) -> None:
    assert complaint_about_tokens(text) is None


@pytest.mark.parametrize("text", [*TOKENS, "${TfToken[TOKEN.3]} in two\\nlines"])
@pytest.mark.parametrize("form", ["a: {text}\n", "{text}: b\n", "a: [b, {text}]\n"])
def test_fails_on_a_token_in_any_place_of_a_file(text: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("# first line\n" + form.format(text=json.dumps(text).replace("$", "\\u0024")), encoding="utf-8")
    (problem,) = read_yaml(path, "x.yaml").problems
    assert str(problem).startswith("x.yaml:2: ")
    assert "holds a token of cdktf" in problem.message


def test_a_number_without_quotes_is_found_too(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"a: {NUMBER!r}\n", encoding="utf-8")
    assert [problem.line for problem in read_yaml(path, "x.yaml").problems] == [1]


@pytest.mark.parametrize("text", ["1" * 10**6 + "e", "e" * 10**6, "1e" * 500_000, "-|" * 500_000 + "e1"])
def test_the_time_grows_with_the_length(text: str) -> None:
    """A search by the square of the length would take hours."""
    assert complaint_about_tokens(text) is None
