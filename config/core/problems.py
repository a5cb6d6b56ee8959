"""How problems and notices of configuration files are reported: one line each, with file, line and path."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from config.core.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterable

Location = tuple[str | int, ...]
"""Where a value is in a file: the keys and positions that lead to it."""

WHOLE_FILE: Final = "file"
"""Stands for the path where a problem concerns no single setting."""

MOST_PROBLEMS: Final = 200
"""How many problems of one file are reported: a file of rubbish is not worth minutes."""

_SHOWN_CHARACTERS: Final = 80
_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_shown_notices: dict[str, None] = {}


class LocatedProblem(NamedTuple):
    """One thing that is wrong; sorts by file and line."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.message}"


class ConfigurationError(ExpectedError):
    """Raised with every problem of every file; its text has one problem a line."""

    def __init__(self, problems: Iterable[LocatedProblem]) -> None:
        self.problems: Final = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def shown(value: object) -> str:
    """Return a value as it is printed in a message: on one line, not too long."""
    if isinstance(value, str):
        cut = value[:_SHOWN_CHARACTERS]
        return repr(cut) if cut == value else f"{cut!r}…"
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def shown_path(location: Location) -> str:
    """Return a location as `cluster.node_groups.general.taints[0]`; unusual keys are quoted."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part if _PLAIN_KEY.fullmatch(part) else json.dumps(part[:_SHOWN_CHARACTERS])}"
    return path.removeprefix(".") or WHOLE_FILE


def nearest(value: object, allowed: Iterable[str]) -> str:
    """Return `did you mean …? ` if one of the allowed texts is near to a value."""
    if not isinstance(value, str):
        return ""
    from difflib import get_close_matches  # noqa: PLC0415 (5 ms that only mistakes pay)

    found = get_close_matches(value[:80], tuple(allowed), n=1)
    return f"did you mean `{found[0]}`? " if found else ""


def show_notice(notice: str) -> None:
    """Write a notice to standard error, unless this command has: it may load the environments several times."""
    if notice not in _shown_notices:
        _shown_notices[notice] = None
        sys.stderr.write(f"{notice}\n")


def shown_notices() -> tuple[str, ...]:
    """Give the notices that this command has written."""
    return tuple(_shown_notices)
