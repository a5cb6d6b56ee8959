"""Writes settings into an environment's YAML file, with their comments, and leaves every other line as it is."""

from __future__ import annotations

import io
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adoption.keeping.keep import Setting

LINE_LENGTH = 120


def with_settings(text: str, settings: Iterable[Setting]) -> str:
    """Return the text of an environment file with the settings in it."""
    yaml = _yaml()
    document = yaml.load(text)
    new = _NewKeys()
    for setting in settings:
        _set(document, setting, new)
    return _written(yaml, document)


def as_yaml(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as YAML that reads the same by every version of YAML."""
    return _written(_yaml(), _quoted(value))


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _written(yaml: YAML, document: Any) -> str:  # noqa: ANN401 - any YAML
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


class _NewKeys:
    """Puts new keys of a section after its name, or first, in the order in which they come."""

    def __init__(self) -> None:
        self.count: dict[int, int] = {}

    def insert(self, section: CommentedMap, key: str, value: Any) -> None:  # noqa: ANN401 - any YAML
        """Insert a key, but never last: the empty lines and comments after the last key belong to what follows."""
        keys = list(section)
        start = keys.index("name") + 1 if "name" in keys[:-1] else 0
        earlier = self.count.get(id(section), 0)
        section.insert(start + earlier if keys else 0, key, value)
        self.count[id(section)] = earlier + 1


def _set(document: CommentedMap, setting: Setting, new: _NewKeys) -> None:
    *parents, key = setting.path
    section = document
    for parent in parents:
        if not isinstance(section.get(parent), CommentedMap):
            new.insert(section, parent, CommentedMap())
        section = section[parent]
        # A comment has no place between braces.
        section.fa.set_block_style()
    indent = 2 * len(parents)
    if setting.value is None:
        section.pop(key, None)
        return
    if key in section:
        section[key] = _quoted(setting.value)
    else:
        new.insert(section, key, _quoted(setting.value))
    comment = "\n".join(wrap(setting.comment, LINE_LENGTH - indent - 2))
    section.yaml_set_comment_before_after_key(key, before=comment, indent=indent)


def _quoted(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Put quotes around text that could be read as something else."""
    if isinstance(value, dict):
        return CommentedMap({_quoted(key): _quoted(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        sequence = CommentedSeq([_quoted(item) for item in value])
        if not any(isinstance(item, dict | list) for item in value):
            sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and (
        not value or value[0].isdigit() or value.lower() in ("yes", "no", "on", "off", "y", "n")
    ):
        return DoubleQuotedScalarString(value)
    return value
