"""What expressions of HCL say where a layout's files tell its state with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adoption.terragrunt.expressions import Scope
from adoption.terragrunt.functions import FUNCTIONS
from adoption.terragrunt.hcl import parse
from adoption.terragrunt.trees import Unresolved

NAMES = {"local": {"env": "dev", "zones": ["a", "b"], "tags": {"team": "ops"}, "empty": None}}


def value(expression: str) -> object:
    """Return the value of an expression."""
    return parse(f"x = {expression}\n").attributes["x"].evaluate(Scope(NAMES.__getitem__, FUNCTIONS))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"states-${local.env}"', "states-dev"),
        ('"${local.zones}"', ["a", "b"]),
        (r'"a \"b\" ${upper("c")} $${d} %%{e}"', 'a "b" C ${d} %{e}'),
        ('<<EOT\nbucket = "${local.env}"\nEOT', 'bucket = "dev"\n'),
        ('<<-EOT\n    a {\n      b = "${format("%s}", local.env)}"\n    }\n  EOT', 'a {\n  b = "dev}"\n}\n'),
        ("1 + 2 * 3 == 7 && !false", True),
        ("false || -1 > 2", False),
        ('local.env == "dev" ? "yes" : local.missing', "yes"),
        ("local.zones[1]", "b"),
        ('local.tags["team"]', "ops"),
        ("[{a = 1}, {a = 2}][*].a", [1, 2]),
        ('{(local.env) = 1, b : null, "c" = [1.5,]}', {"dev": 1, "b": None, "c": [1.5]}),
        ('[for zone in local.zones : "us-${zone}" if zone != "a"]', ["us-b"]),
        ("{for key, one in local.tags : upper(key) => one}", {"TEAM": "ops"}),
        ('{for zone in local.zones : "all" => zone...}', {"all": ["a", "b"]}),
        ('try(local.missing.deeper, "other")', "other"),
        ("can(local.missing)", False),
        ("merge([{a = 1}, {b = 2}]...)", {"a": 1, "b": 2}),
    ],
)
def test_an_expression_has_the_value_that_terraform_gives_it(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("local.missing", "local.missing"),
        ('"a-${local.missing}"', "local.missing"),
        ('sops_decrypt_file("a.yaml")', "sops_decrypt_file(…)"),
        ('"%{ if true }a%{ endif }"', "%{ … }"),
        ("1 / 0", "1 / 0"),
    ],
)
def test_what_cannot_be_evaluated_is_said(expression: str, said: str) -> None:
    with pytest.raises(Unresolved) as error:
        value(expression)
    assert str(error.value) == said


def test_an_expression_that_nothing_needs_does_not_matter() -> None:
    body = parse('locals {\n  a = unknown(for_what)\n}\ninputs = { a = "%{ if true }x%{ endif }" }\nregion = "x"\n')
    assert body.attributes["region"].evaluate(Scope(NAMES.__getitem__, FUNCTIONS)) == "x"


def test_what_is_no_hcl_is_said_with_its_line() -> None:
    with pytest.raises(Unresolved, match="no HCL, line 2"):
        parse("a = 1\nb = = 2\n")


@given(st.text(alphabet='abx01 "\\${}%[](),.=:?*+-<>&|!\n~#/', max_size=60))
def test_any_text_gives_a_body_or_says_why_not(text: str) -> None:
    try:
        body = parse(text)
        for one in body.attributes.values():
            one.evaluate(Scope(NAMES.__getitem__, FUNCTIONS))
    except Unresolved:
        return
