"""What is wrong with the template of messages is reported with its line, before Alertmanager refuses to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.paths import SLACK_TEMPLATE
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project

FILE = "alertmanager/slack.tmpl"
TEMPLATE = SLACK_TEMPLATE.read_text(encoding="utf-8")
LINES = TEMPLATE.count("\n")
NO_TEMPLATE = "file: is no template that Alertmanager reads:"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{TEMPLATE}{{{{ if true }}}}", f"{LINES + 1}: {NO_TEMPLATE} {{{{if}}}} has no {{{{end}}}}"),
        (f"{TEMPLATE}\n{{{{- end -}}}}", f"{LINES + 2}: {NO_TEMPLATE} {{{{end}}}} closes nothing"),
        (f"{TEMPLATE}{{{{ .Status", f"{LINES + 1}: {NO_TEMPLATE} an action {{{{ is not closed by }}}}"),
        (f"{TEMPLATE}{{{{ .Status | upper }}}}", f"{LINES + 1}: {NO_TEMPLATE} there is no function 'upper'"),
        (f'{TEMPLATE}{{{{ template "other" }}}}', f"{LINES + 1}: file: there is no template 'other'"),
        (
            TEMPLATE.replace('define "project.slack.link"', 'define "project.slack.lnk"'),
            '1: file: defines no "project.slack.link", which the receivers use',
        ),
    ],
)
def test_fails_on_what_go_refuses(text: str, problem: str, project: Project) -> None:
    project.write(FILE, text)
    assert project.problems_of(environment_text()) == [f"values/{FILE}:{problem}"]


def test_another_file_may_define_what_the_receivers_use(project: Project) -> None:
    link = '{{ define "project.slack.link" }}{{ .ExternalURL }}{{ end }}'
    project.write(FILE, TEMPLATE.replace('define "project.slack.link"', 'define "project.slack.former"'))
    project.write("alertmanager/own.tmpl", link)
    assert project.problems_of(environment_text()) == []


def test_the_file_is_needed(project: Project) -> None:
    (project.values / FILE).unlink()
    (problem,) = project.problems_of(environment_text())
    assert problem.startswith(f"values/{FILE}:1: file: ")


@pytest.mark.parametrize("text", ["{{/* {{ if */}}", '{{ "}" }}', "{{- if . -}}a{{- else -}}b{{- end -}}", "}}"])
def test_other_text_is_taken(text: str, project: Project) -> None:
    project.write(FILE, TEMPLATE + text)
    assert project.problems_of(environment_text()) == []
