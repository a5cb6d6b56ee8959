"""Writes settings into an environment's YAML file as a person would: only the lines of what is written change.

The text is edited at the places that the parser gives, and the rest stays as it is: comments, order, indentation,
quotes, anchors and line ends. What was written is read again and compared with what it should say.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from adoption.errors import AdoptionError
from adoption.writing.yaml_places import (
    anchors_on_the_way,
    column_of,
    end_of,
    end_of_line,
    events_of,
    is_block_text,
    member_of,
    start_of_line,
    step_of,
    values_of_anchors,
)
from adoption.writing.yaml_text import LONGEST_INLINE, block_lines, comment_lines, inline_key, inline_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from adoption.keeping.keep import Setting

_BOM: Final = "\ufeff"


def with_settings(text: str, settings: Iterable[Setting]) -> str:
    """Return the text of an environment file with the settings in it.

    Raises:
        AdoptionError: The file is written in a way that a setting cannot be put into.

    """
    mark, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    is_dos = "\r\n" in text
    text = text.replace("\r\n", "\n")
    for setting in settings:
        wanted = _applied(yaml.safe_load(text), setting)
        for edit in (_edited, _edited_without_aliases):
            edited = edit(text, setting)
            if edited is not None and _reads_as(edited, wanted):
                text = edited
                break
        else:
            raise AdoptionError(
                [f"{'.'.join(setting.path)} cannot be written into the file; write its section as a block"]
            )
    return mark + (text.replace("\n", "\r\n") if is_dos else text)


def _applied(document: JsonValue, setting: Setting) -> JsonValue:
    copy = json.loads(json.dumps(document, default=str))
    if not isinstance(copy, dict):
        raise AdoptionError([f"{'.'.join(setting.path)} cannot be written into the file: it is no mapping"])
    *parents, key = setting.path
    section = copy
    for parent in parents:
        if not isinstance(section.get(parent), dict):
            section[parent] = {}
        section = section[parent]
    if setting.is_removed:
        section.pop(key, None)
    else:
        section[key] = json.loads(json.dumps(setting.value, default=str))
    return copy


def _reads_as(text: str, wanted: JsonValue) -> bool:
    try:
        found = json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return bool(_without_empty(found) == _without_empty(wanted))


def _without_empty(value: JsonValue) -> JsonValue:
    """Return a document without sections that say nothing: a removed last key leaves one."""
    if isinstance(value, dict):
        return {key: kept for key, item in value.items() if (kept := _without_empty(item)) not in ({}, None)}
    return value


def _edited(text: str, setting: Setting) -> str | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    step = step_of(root)
    section, rest = root, list(setting.path)
    key_node: yaml.Node | None = None
    while len(rest) > 1:
        found = member_of(section, rest[0])
        inner = None if found is None else found[1]
        if found is None or not isinstance(inner, yaml.MappingNode):
            break
        key_node, section = found[0], inner
        rest.pop(0)
    found = member_of(section, rest[0])
    if setting.is_removed:
        return text if found is None or len(rest) > 1 else _removed(text, section, *found)
    if found is None:
        return _inserted(text, section, key_node, rest, setting, step)
    value: Any = setting.value
    for parent in reversed(rest[1:]):
        value = {parent: value}
    return _replaced(text, found, value, setting.comment if len(rest) == 1 else "", step)


def _edited_without_aliases(text: str, setting: Setting) -> str | None:
    """Write the aliases out that stand for a section on the way to the setting: only it is to change."""
    aliases: list[Any] = [event for event in events_of(text) if isinstance(event, yaml.AliasEvent)]
    shared = anchors_on_the_way(text, setting)
    values = values_of_anchors(text)
    for alias in reversed(aliases):
        if alias.anchor in shared:
            text = text[: alias.start_mark.index] + inline_value(values[alias.anchor]) + text[alias.end_mark.index :]
    return _edited(text, setting)


def _inserted(
    text: str, section: yaml.MappingNode, key_node: yaml.Node | None, path: list[str], setting: Setting, step: int
) -> str:
    if section.flow_style:
        value = setting.value
        for parent in reversed(path[1:]):
            value = {parent: value}
        return _inserted_in_braces(text, section, key_node, (path[0], value), setting.comment)
    indent = column_of(section)
    lines = [] if key_node is not None or len(path) == 1 else [""]
    for parent in path[:-1]:
        lines.append(f"{' ' * indent}{inline_key(parent)}:")
        indent += step
    lines += [*comment_lines(setting.comment, indent), *block_lines({path[-1]: setting.value}, indent, step)]
    for _, last in reversed(section.value):
        if not is_block_text(last):
            position = end_of_line(text, end_of(last))
            return text[:position] + "\n" + "\n".join(lines) + (text[position:] or "\n")
    position = start_of_line(text, section.value[0][0].start_mark.index)
    return text[:position] + "\n".join(lines) + "\n" + text[position:]


def _inserted_in_braces(
    text: str, section: yaml.MappingNode, key_node: yaml.Node | None, member: tuple[str, Any], comment: str
) -> str:
    position = int(section.end_mark.index) - 1
    key, value = member
    before = text[:position].rstrip()
    gap = "" if before.endswith(("{", ",")) else ","
    space = " " if before.endswith((",", "{")) is False else ""
    text = f"{before}{gap}{space}{inline_key(key)}: {inline_value(value)}{text[position:]}"
    if key_node is None:
        return text
    start = start_of_line(text, key_node.start_mark.index)
    indent = len(text[start:]) - len(text[start:].lstrip(" "))
    return text[:start] + "".join(f"{line}\n" for line in comment_lines(comment, indent)) + text[start:]


def _replaced(text: str, member: tuple[yaml.Node, yaml.Node], value: JsonValue, comment: str, step: int) -> str:
    key, old = member
    indent = int(key.start_mark.column)
    start, end = int(old.start_mark.index), end_of(old)
    is_own_line = text[start_of_line(text, key.start_mark.index) : key.start_mark.index].strip() == ""
    if is_block_text(old):
        end = len(text[:end].rstrip("\n"))
    rest = text[end:]
    colon = text.index(":", int(key.end_mark.index)) + 1
    inline = inline_value(value)
    if is_own_line and isinstance(value, dict | list) and len(inline) > LONGEST_INLINE:
        line_end = text[end : end_of_line(text, end)]
        block = block_lines({key.value: value}, indent, step)[1:]
        text = text[:colon] + line_end + "\n" + "\n".join(block) + text[end_of_line(text, end) :]
    else:
        gap = text[colon:start] if start > colon and "\n" not in text[colon:start] else " "
        text = text[:colon] + gap + inline + rest
    if not comment or not is_own_line:
        return text
    position = start_of_line(text, key.start_mark.index)
    return text[:position] + "".join(f"{line}\n" for line in comment_lines(comment, indent)) + text[position:]


def _removed(text: str, section: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> str:
    start, end = int(key.start_mark.index), end_of(value)
    if section.flow_style:
        after = re.match(r"\s*,\s*", text[end:])
        if after:
            return text[:start] + text[end + after.end() :]
        return re.sub(r",\s*$", "", text[:start]) + text[end:]
    if len(section.value) == 1 and column_of(section) > 0:
        return text[:start] + "{}" + text[end:]
    if is_block_text(value):
        return text[: start_of_line(text, start)] + text[end:]
    return text[: start_of_line(text, start)] + text[end_of_line(text, end) + 1 :]
