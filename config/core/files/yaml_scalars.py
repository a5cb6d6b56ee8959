"""What a text without quotes in YAML stands for, as every reader understands it: YAML 1.1 and 1.2 differ."""

from __future__ import annotations

import math
import re
from typing import Final

MOST_DIGITS: Final = 18
LONGEST_NUMBER: Final = 256  # in characters; the patterns below take time by the square of the length

_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BOOLEANS_OF_YAML_1_1: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_NUMBER_START: Final = re.compile(r"[-+.0-9]")
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_AMBIGUOUS_NUMBERS: Final = (
    (re.compile(r"[-+]?0[0-9]+"), "starts with 0, which some readers take for octal; write the number without it"),
    (re.compile(r"[-+]?0(?:x[0-9a-fA-F_]+|o[0-7]+|b[01_]+)"), "is a number to some readers only; write it in decimal"),
    (re.compile(r"[-+]?[0-9][0-9_.]*_[0-9_.]*"), "has underscores, which not every reader skips; leave them out"),
    (re.compile(r"[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?"), "is in base 60 to some readers; write it in decimal"),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)"), "is no finite number; write one"),
)


def resolved(text: str) -> tuple[str | float | bool | None, str | None]:
    """Return what a text without quotes stands for, and what is wrong with it: None if nothing is."""
    if text in _NULL:
        return None, None
    if text in _BOOLEANS:
        return _BOOLEANS[text], None
    if text.lower() in _BOOLEANS_OF_YAML_1_1:
        meant = _BOOLEANS_OF_YAML_1_1[text.lower()]
        return text, f'{text} means {meant} to some readers and text to others; write {meant}, or "{text}" in quotes'
    return _resolved_number(text) if _NUMBER_START.match(text) else (text, None)


def _resolved_number(text: str) -> tuple[str | float, str | None]:
    if _INTEGER.fullmatch(text):
        if len(text) > MOST_DIGITS:
            return text, f"has {len(text)} digits, too many for a number; put it in quotes if it is text"
        return int(text), None
    if len(text) > LONGEST_NUMBER:
        return text, None
    for pattern, complaint in _AMBIGUOUS_NUMBERS:
        if pattern.fullmatch(text):
            return text, f"{text[:80]} {complaint}, or put it in quotes if it is text"
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isfinite(number):
            return number, None
        return text, f"{text[:80]} is too large a number; put it in quotes if it is text"
    return text, None
