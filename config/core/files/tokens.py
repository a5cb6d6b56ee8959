"""Distinguishes tokens of cdktf from text: a token represents a reference, and cdktf replaces it in any text.

Files are data, so that a token in one is refused where it is read. Then every token in a program is one of its own, and
everything else is text (`stacks/literal_text.py`).

https://github.com/hashicorp/terraform-cdk/blob/v0.21.0/packages/cdktf/lib/tokens/private/encoding.ts
"""

from __future__ import annotations

import re
import struct
from typing import Final

from config.core.problems import shown

_TOKEN: Final = re.compile(r"(\$\{TfToken\[[a-zA-Z0-9:._-]+\]\})")
_LAST_DOLLARS: Final = re.compile(r"\$+$")
# The beginnings of a token for a text, a list and a mapping.
_MARKER: Final = re.compile(r"[$#&]\{TfToken\[")
# What stands for the values of a mapping that is not known yet.
_MAP_VALUES: Final = frozenset(("String Map Token Value", "Any Map Token Value"))
# A number is found in a text by its exponent; the digits before it are looked at from there.
_EXPONENT: Final = re.compile(r"e(?=[-|.eE+\d])", re.ASCII)
_DIGITS: Final = frozenset("-|0123456789.+")
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.ASCII)
# The first two bytes of a double that stands for a number, and for a list of numbers.
_NUMBER_MARKERS: Final = (b"\xfd\xff", b"\xfb\xff")


def literal(text: str) -> str:
    """Return the template that Terraform evaluates to a text; tokens of cdktf in it stay."""
    parts = _TOKEN.split(text)
    for position in range(0, len(parts), 2):
        part = parts[position].replace("${", "$${").replace("%{", "%%{")
        # Before a reference, `$` would make `$${` of it: its text instead of its value.
        before_token = position + 1 < len(parts)
        parts[position] = _LAST_DOLLARS.sub(lambda found: f'${{"{found[0]}"}}', part) if before_token else part
    return "".join(parts)


def complaint_about_tokens(text: str) -> str | None:
    """Return what is wrong with a text or a number as written: that cdktf would replace something in it."""
    return f"{shown(text)} holds a token of cdktf, which it would replace; write it otherwise" if _holds(text) else None


def _holds(text: str) -> bool:
    return (
        ("TfToken[" in text and _MARKER.search(text) is not None)
        or text in _MAP_VALUES
        or ("e" in text and any(_is_number_at(text, found.start()) for found in _EXPONENT.finditer(text)))
    )


def _is_number_at(text: str, exponent: int) -> bool:
    start = exponent
    while start and text[start - 1] in _DIGITS:
        start -= 1
    number = _NUMBER.match(text, start)
    return start < exponent and number is not None and struct.pack(">d", float(number[0]))[:2] in _NUMBER_MARKERS
