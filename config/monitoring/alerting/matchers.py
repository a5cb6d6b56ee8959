"""Matchers of Alertmanager: `team="sre"`, `pod=~"api-.*"`.

https://prometheus.io/docs/alerting/latest/configuration/#label-matchers
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from config.core.languages.regular_expressions import complaint_about_expression
from config.core.problems import shown

_MEANING: Final = 'a matcher like team="sre" or pod=~"api-.*"'
_MATCHER: Final = re.compile(
    r"""\s*([^\s{}!=~,"'`\\]+|"(?:[^"\\]|\\.)+")\s*(=~|=|!=|!~)\s*("(?:[^"\\]|\\.)*"|(?:[^"\\]|\\.)*?\\?)\s*""",
    re.DOTALL,
)
# Other names take a value in quotes only.
_CLASSIC_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ESCAPE: Final = re.compile(r'\\([n"\\])')
_LONGEST: Final = 1024


def _matcher(value: str) -> str:
    found = _MATCHER.fullmatch(value) if len(value) <= _LONGEST else None
    if found is None or not (_CLASSIC_NAME.fullmatch(found[1]) or found[3].startswith('"')):
        raise ValueError(f"{shown(value)} is not {_MEANING}")
    _, operator, text = found.groups()
    # In quotes, a backslash before any other character stands for itself.
    text = _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], text[1:-1] if text[:1] == '"' else text)
    complaint = complaint_about_expression(f"^(?:{text})$") if "~" in operator else None
    if complaint is not None:
        raise ValueError(f"{shown(value)} has no regular expression of RE2: {complaint}")
    return value


Matcher = Annotated[
    str, AfterValidator(_matcher), WithJsonSchema({"type": "string", "pattern": "(=~|=|!=|!~)", "maxLength": _LONGEST})
]
