"""Reads the templates of messages under `values/alertmanager/`, and reports what Alertmanager would not load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from config.core.files.text_files import UnreadableError, read_text
from config.core.files.tokens import complaint_about_tokens
from config.core.languages.go_template_tokens import TemplateError
from config.core.languages.go_templates import Template, parse_template
from config.core.problems import WHOLE_FILE, LocatedProblem
from config.paths import ALERTMANAGER_TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# https://prometheus.io/docs/alerting/latest/notifications/#functions
FUNCTIONS: Final = frozenset((
    "toUpper", "toLower", "title", "trimSpace", "join", "match", "safeHtml", "safeUrl", "urlUnescape", "reReplaceAll",
    "stringSlice", "date", "tz", "since", "humanizeDuration", "toJson",
))  # fmt: skip
# Alertmanager's own: https://github.com/prometheus/alertmanager/tree/main/template
_BUILT_IN: Final = re.compile(r"__\w+|\w+\.default\.\w+(?:\.\w+)*")
# What the configuration of Alertmanager names, and the file that the project ships them in.
SHIPPED: Final = "slack.tmpl"
TEMPLATES: Final = ("project.slack.color", "project.slack.title", "project.slack.link", "project.slack.text")
_FILE_NAME: Final = re.compile(r"[-._a-zA-Z0-9]+\.tmpl")


def read_templates(directory: Path = ALERTMANAGER_TEMPLATES) -> dict[str, str]:
    """Return the text of each template by the name of its file."""
    return {path.name: read_text(path) for path in sorted(directory.glob("*.tmpl"))}


def problems_of_templates(directory: Path = ALERTMANAGER_TEMPLATES) -> Iterator[LocatedProblem]:
    """Yield what is wrong with any file of templates, alone or together with the others."""
    paths = sorted({directory / SHIPPED, *directory.glob("*.tmpl")})
    parsed: dict[str, Template] = {}
    for path in paths:
        file = f"{directory.parent.name}/{directory.name}/{path.name}"
        if not _FILE_NAME.fullmatch(path.name):
            message = "has a name that is no key of a Kubernetes secret: letters, digits, - _ and .; rename it"
            yield LocatedProblem(file, 1, WHOLE_FILE, message)
        try:
            text = read_text(path)
            token = complaint_about_tokens(text)
            if token is not None:
                yield LocatedProblem(file, 1, WHOLE_FILE, token)
            parsed[file] = parse_template(text, FUNCTIONS)
        except UnreadableError as error:
            yield LocatedProblem(file, error.line, error.path, error.message)
        except TemplateError as error:
            yield LocatedProblem(file, error.line, WHOLE_FILE, f"is no template that Alertmanager reads: {error}")
    # What a file defines is known once it is right.
    if len(parsed) == len(paths):
        yield from _undefined(parsed, f"{directory.parent.name}/{directory.name}/{SHIPPED}")


def _undefined(parsed: Mapping[str, Template], shipped: str) -> Iterator[LocatedProblem]:
    """Yield templates that are used and that no file defines."""
    defined = {name for template in parsed.values() for name in template.defined}
    for name in TEMPLATES:
        if name not in defined:
            yield LocatedProblem(shipped, 1, WHOLE_FILE, f'defines no "{name}", which the receivers use')
    for file, template in parsed.items():
        for name, line in template.used.items():
            if name not in defined and not _BUILT_IN.fullmatch(name):
                yield LocatedProblem(file, line, WHOLE_FILE, f"there is no template {name!r}")


def complaint_about_text(text: str) -> str | None:
    """Return why a text of a message is no template, None if it is one."""
    try:
        parse_template(text, FUNCTIONS)
    except TemplateError as error:
        return f"is no template that Alertmanager reads: {error}"
    return None
