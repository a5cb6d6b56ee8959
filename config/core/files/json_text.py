"""JSON that readers of YAML take as well: Helm and the programs behind it read the values they are given as YAML."""

from __future__ import annotations

import json
import re
from typing import Final

# YAML has `\uXXXX` for one character and no surrogates: https://yaml.org/spec/1.2.2/#57-escaped-characters
_SURROGATES: Final = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u(d[89a-f][0-9a-f]{2})|\\.")
# YAML 1.1 takes a number with an exponent for text unless it has a point: https://yaml.org/type/float.html
_EXPONENT: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\d.])(\d+)(e[-+]\d+)')


def json_for_yaml(value: object) -> str:
    """Return a value as JSON that a YAML 1.1 or 1.2 reader understands in the same way; keys are sorted.

    Raises:
        ValueError: The value has half of a surrogate pair, or a number that is not finite: JSON has neither.

    """
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    if "\\ud" in text:
        text = _SURROGATES.sub(_character, text)
    if "e+" in text or "e-" in text:
        text = _EXPONENT.sub(_with_point, text)
    return text


def _character(found: re.Match[str]) -> str:
    high, low, alone = found.groups()
    if alone is not None:
        raise ValueError(f"a text has U+{alone.upper()}, half of a surrogate pair, which stands for no character")
    if high is None:
        return found[0]
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)


def _with_point(found: re.Match[str]) -> str:
    digits, exponent = found.groups()
    return found[0] if digits is None else f"{digits}.0{exponent}"
