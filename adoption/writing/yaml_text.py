"""Values as YAML that reads the same by every version of YAML, each in as few lines as a person would write."""

from __future__ import annotations

import json
import re
from textwrap import wrap
from typing import Any, Final

LINE_LENGTH: Final = 120
LONGEST_INLINE: Final = 80
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@()-]+)*|/[A-Za-z0-9_./@-]*", re.ASCII)
_READ_AS_SOMETHING_ELSE: Final = re.compile(r"(?i)(?:y|n|yes|no|on|off|true|false|null)")
_UNPRINTABLE: Final = re.compile(
    "[^\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010fffd]|[\u2028\u2029\ufeff]"
)


def as_yaml(value: object) -> str:
    """Return a value as YAML that reads the same by every version of YAML."""
    return "\n".join(block_lines(value, 0, 2)) + "\n"


def comment_lines(comment: str, indent: int) -> list[str]:
    """Return the lines of a comment."""
    return [" " * indent + f"# {line}" for line in wrap(printable(comment), LINE_LENGTH - indent - 2)]


def block_lines(value: object, indent: int, step: int) -> list[str]:
    """Return the lines of a value in block style."""
    margin = " " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key, item in value.items():
            inline = inline_value(item)
            if (isinstance(item, dict) and item) or (isinstance(item, list) and item and _is_long(inline, item)):
                lines += [f"{margin}{inline_key(key)}:", *block_lines(item, indent + step, step)]
            else:
                lines.append(f"{margin}{inline_key(key)}: {inline}")
        return lines
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            inner = (
                block_lines(item, indent + 2, step) if isinstance(item, dict | list) and item else [inline_value(item)]
            )
            lines += [f"{margin}- {inner[0].lstrip(' ')}", *inner[1:]]
        return lines
    return [f"{margin}{inline_value(value)}"]


def _is_long(inline: str, items: list[Any]) -> bool:
    return len(inline) > LONGEST_INLINE or any(isinstance(item, dict | list) and item for item in items)


def inline_key(key: object) -> str:
    """Return a key on one line."""
    return inline_value(str(key))


def inline_value(value: object) -> str:
    """Return a value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inline_key(key)}: {inline_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline_value, value))}]"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and not _READ_AS_SOMETHING_ELSE.fullmatch(value)
        return value if is_plain else f'"{printable(value.translate(_QUOTED))}"'
    return json.dumps(value)


_QUOTED: Final = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r"}


def printable(text: str) -> str:
    """Return a text with escapes in place of what is not printable."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
