"""Parses PromQL within what the parser stands.

It is compiled code that recurses, and ends the process where that goes too deep: from about 3,000 operators or 8,000
parentheses on, with the usual stack of 8 MiB. Where it panics it writes a trace to standard error.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS: Final = 64 * 1024
MOST_OPERATORS: Final = 1500

_STANDARD_ERROR: Final = 2
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`')
# Whatever the parser recurses at; a selector counts for its braces and each comparison.
_OPERATOR: Final = re.compile(r"[-+*/%^<>=!(\[{]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)


def parse_error(expression: str) -> str | None:
    """Return what the parser says against an expression, on one line; None if it is right."""
    if len(expression) > MOST_CHARACTERS:
        return f"has {len(expression):,} characters; at most {MOST_CHARACTERS:,} are parsed"
    operators = len(_OPERATOR.findall(_STRING.sub('""', expression))) if len(expression) > MOST_OPERATORS else 0
    if operators > MOST_OPERATORS:
        return f"has {operators:,} operators and brackets; at most {MOST_OPERATORS:,} are parsed: use recording rules"
    import promql_parser  # noqa: PLC0415 (only where there are expressions)

    try:
        with _silence():
            promql_parser.parse(expression)
    except BaseException as error:
        # The class of a panic derives from BaseException, and is not to be imported.
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        return next(iter(str(error).splitlines()), "cannot be parsed")
    return None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what compiled code writes to standard error from the reader."""
    standard_error, nowhere = os.dup(_STANDARD_ERROR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STANDARD_ERROR)
        yield
    finally:
        os.dup2(standard_error, _STANDARD_ERROR)
        os.close(standard_error)
        os.close(nowhere)
