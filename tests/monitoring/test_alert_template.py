"""What is wrong with the template of messages is reported with its line, before Alertmanager refuses to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.monitoring.alerting.alert_template import FILE
from config.paths import SLACK_TEMPLATE
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.core.project import Project

TEMPLATE = SLACK_TEMPLATE.read_text(encoding="utf-8")
LINES = TEMPLATE.count("\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{TEMPLATE}{{{{ if true }}}}", f"{LINES + 1}: file: is never closed: {{{{ end }}}} is missing"),
        (f"{TEMPLATE}\n{{{{- end -}}}}", f"{LINES + 2}: file: {{{{ end }}}} closes nothing"),
        (f"{TEMPLATE}{{{{ .Status", f"{LINES + 1}: file: {{{{ is never closed"),
        (
            TEMPLATE.replace('define "project.slack.link"', 'define "project.slack.lnk"'),
            '1: file: defines no "project.slack.link", which the receivers use',
        ),
    ],
)
def test_fails_on_an_outline_that_go_refuses(text: str, problem: str, project: Project) -> None:
    project.write(FILE, text)
    assert project.problems_of(environment_text()) == [f"values/{FILE}:{problem}"]


@pytest.mark.parametrize("text", ["{{/* {{ if */}}", '{{ "}" }}', "{{- if . -}}a{{- else -}}b{{- end -}}", "}}"])
def test_other_text_is_taken(text: str, project: Project) -> None:
    project.write(FILE, TEMPLATE + text)
    assert project.problems_of(environment_text()) == []
