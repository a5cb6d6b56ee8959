"""The functions of HCL that need nothing but their arguments.

https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from adoption.terragrunt.trees import Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def _environment(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise Unresolved(f"get_env({name!r}): is not set")
    return value


def _yaml(text: str) -> Any:  # noqa: ANN401 - any YAML
    try:
        return YAML(typ="safe").load(text)
    except YAMLError as error:
        raise Unresolved("yamldecode(…)") from error


def _format(pattern: str, *values: object) -> str:
    return re.sub(r"%[sdv]", "{}", pattern.replace("{", "{{").replace("}", "}}")).format(*values)


def _merged(*values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for value in values for key, item in dict(value.items()).items()}


def _replaced(text: str, old: str, new: str) -> str:
    is_pattern = len(old) > 1 and old.startswith("/") and old.endswith("/")
    return re.sub(old[1:-1], re.sub(r"\$(\d)", r"\\\1", new), text) if is_pattern else text.replace(old, new)


def _regex(pattern: str, text: str) -> Any:  # noqa: ANN401 - a text or a list of groups
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(pattern)
    return found.groupdict() or list(found.groups()) or found[0]


def _lookup(value: Mapping[str, Any], key: str, *default: Any) -> Any:  # noqa: ANN401 - any value of HCL
    return value[key] if key in value or not default else default[0]


def _flattened(value: Any) -> Iterator[Any]:  # noqa: ANN401 - any value of HCL
    for one in value:
        if isinstance(one, list):
            yield from _flattened(one)
        else:
            yield one


def _hash(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "get_env": _environment,
    "yamldecode": _yaml,
    "jsondecode": json.loads,
    "base64decode": lambda text: base64.b64decode(text).decode(),
    "basename": lambda path: Path(path).name,
    "dirname": lambda path: str(Path(path).parent),
    "abspath": lambda path: str(Path(path).absolute()),
    "format": _format,
    "replace": _replaced,
    "regex": _regex,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "trimspace": str.strip,
    "trimprefix": str.removeprefix,
    "trimsuffix": str.removesuffix,
    "trim": str.strip,
    "substr": lambda text, start, length: text[start:] if length < 0 else text[start : start + length],
    "join": lambda separator, items: separator.join(map(str, items)),
    "split": lambda separator, text: text.split(separator),
    "compact": lambda items: [one for one in items if one],
    "concat": lambda *lists: [one for items in lists for one in items],
    "flatten": lambda items: list(_flattened(items)),
    "distinct": lambda items: list(dict.fromkeys(items)),
    "reverse": lambda items: items[::-1],
    "element": lambda items, position: items[position % len(items)],
    "slice": lambda items, start, end: items[start:end],
    "contains": lambda items, one: one in items,
    "coalesce": lambda *values: next(one for one in values if one not in (None, "")),
    "merge": _merged,
    "lookup": _lookup,
    "keys": sorted,
    "length": len,
    "tostring": str,
    "tolist": list,
    "toset": lambda items: sorted(set(items)),
    "tomap": dict,
    "md5": _hash("md5"),
    "sha1": _hash("sha1"),
    "sha256": _hash("sha256"),
}
