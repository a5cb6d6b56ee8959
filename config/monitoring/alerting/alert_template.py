"""Checks the template of messages, `values/alertmanager/slack.tmpl`: Alertmanager does not start with a broken one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from config.core.files.text_files import UnreadableError, read_text
from config.core.files.tokens import complaint_about_tokens
from config.core.problems import WHOLE_FILE, LocatedProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE: Final = "alertmanager/slack.tmpl"
# What the configuration of Alertmanager names.
TEMPLATES: Final = ("project.slack.color", "project.slack.title", "project.slack.link", "project.slack.text")

_ACTION: Final = re.compile(r"\{\{-?\s*(/\*.*?\*/|\w+|\S)?.*?\}\}", re.DOTALL)
_DEFINITION: Final = re.compile(r"\{\{-?\s*define\s+\"([^\"]+)\"\s*-?\}\}")
_OPENING: Final = frozenset(("block", "define", "if", "range", "with"))


def problems_of_template(values: Path) -> Iterator[LocatedProblem]:
    """Yield why Alertmanager would not take the template, as far as its outline shows."""
    file = f"{values.name}/{FILE}"
    try:
        text = read_text(values / FILE)
    except UnreadableError as error:
        yield LocatedProblem(file, error.line, error.path, error.message)
        return
    for position, message in _complaints(text):
        yield LocatedProblem(file, text.count("\n", 0, position) + 1, WHOLE_FILE, message)


def _complaints(text: str) -> Iterator[tuple[int, str]]:
    token = complaint_about_tokens(text)
    if token is not None:
        yield 0, token
    opened: list[int] = []
    end = 0
    for action in _ACTION.finditer(text):
        end = action.end()
        if action[1] in _OPENING:
            opened.append(action.start())
        elif action[1] == "end" and not opened:
            yield action.start(), "{{ end }} closes nothing"
        elif action[1] == "end":
            opened.pop()
    if "{{" in text[end:]:
        yield text.index("{{", end), "{{ is never closed"
    for position in opened:
        yield position, "is never closed: {{ end }} is missing"
    defined = _DEFINITION.findall(text)
    for name in TEMPLATES:
        if name not in defined:
            yield 0, f'defines no "{name}", which the receivers use'
