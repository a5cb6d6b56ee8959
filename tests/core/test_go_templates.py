"""Templates: what Go parses is accepted, what it refuses is refused; the list was compared with Go's own parser."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.core.languages.go_template_tokens import TemplateError
from config.core.languages.go_templates import parse_template
from tests.fuzzing import fuzzed

FUNCTIONS = ("humanize", "query", "first", "title", "match")
VARIABLES = ("$labels", "$value")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no action } } {",
        "{{ $labels.instance }} is {{$value|humanize}}",
        '{{ printf "%s }} %s" $value `raw }}` | title }}',
        "{{- /* a comment {{ }} */ -}} text",
        "{{ if eq .a 1 }}x{{ else if not .b }}y{{ else }}z{{ end }}",
        "{{ with $x := .a }}{{ $x.b.c }}{{ else with .d }}{{ end }}",
        "{{ range $i, $e := .list }}{{ $i }}{{ $e.x }}{{ break }}{{ else }}none{{ end }}",
        '{{ range query "up{a=\\"b\\"} == 0" }}{{ .Labels.job }}{{ end }}',
        '{{ (query "up" | first).Value | humanize }}',
        '{{ define "a" }}{{ . }}{{ end }}{{ template "a" . }}{{ block "b" .x }}{{ end }}',
        "{{ $x := 1 }}{{ $x = 2 }}{{ $x }}",
        "{{ and .a (or .b (lt 1.5e3 0x1F)) }}{{ 'c' }}{{ true }}",
        "{{ .a\n.b }}",
        "{{ call .f 1 }}{{ index .m \"k\" 0 }}{{ .Größe }}",
    ],
)  # fmt: skip
def test_accepted(text: str) -> None:
    parse_template(text, FUNCTIONS, VARIABLES)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{{ $labels.job | nofunc }}", 1, "there is no function 'nofunc'"),
        ("{{ $label.job }}", 1, "there is no variable '$label'"),
        ("a\nb {{ if .x }}", 2, "{{if}} has no {{end}}"),
        ("{{ end }}", 1, "{{end}} closes nothing"),
        ("{{ else }}", 1, "{{else}} has no block"),
        ("{{ if .x }}{{ else }}{{ else }}{{ end }}", 1, "{{if}} has a second {{else}}"),
        ("{{ range .x }}{{ else if .y }}{{ end }}", 1, "{{else}} takes nothing more"),
        ("{{ break }}", 1, "{{break}} is outside of a range"),
        ("{{ }}", 1, "an action {{ }} is empty"),
        ("\n\n{{ .x", 3, "an action {{ is not closed by }}"),
        ('{{ "x }}', 1, 'a quote " in an action is not closed'),
        ("{{ (.x }}", 1, "a parenthesis ( is not closed"),
        ("{{ .x ) }}", 1, "unexpected ')'"),
        ("{{ | title }}", 1, "a value is missing"),
        ('{{ .x | "text" }}', 1, "'\"text\"' after | is no function"),
        ("{{ .x; .y }}", 1, "unexpected ';' in an action"),
        ("{{ if }}{{ end }}", 1, "{{if}} needs a value"),
        ("{{ template x }}", 1, "{{template}} needs a name"),
        ('{{ define "a" }}{{ $labels.x }}{{ end }}', 1, "there is no variable '$labels'"),
        ("{{ with $x := .a }}{{ end }}{{ $x }}", 1, "there is no variable '$x'"),
        ("{{ /* a */ b }}", 1, "a comment is alone in its action"),
        ("{{/* a", 1, "a comment {{/* … */}} is not closed"),
        ('{{ "a\\q" }}', 1, "has an escape that Go does not know"),
        ('{{ "a".b }}', 1, "has no field '.b'"),
        ('{{ title"a" }}', 1, "a space is missing before"),
    ],
)
def test_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse_template(text, FUNCTIONS, VARIABLES)
    assert refused.value.line == line
    assert message in str(refused.value)


PIECES = st.sampled_from(
    ["{{", "}}", "-", " ", '"', "`", "'", "$x", ".a", "(", ")", "|", ":=", ",", "if", "end", "/*", "*/", "1", "é", "\n"]
)


@fuzzed
@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_accepted_or_refused(text: str) -> None:
    with suppress(TemplateError):
        parse_template(text, FUNCTIONS)
