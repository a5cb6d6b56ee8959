"""Writes settings into an environment's YAML file as a person would: only the lines of what is written change.

The text is edited at the places that the parser gives, and never written anew: comments, order, indentation, quotes,
anchors and line ends stay. What was written is read again and compared with what it should say.
"""

from __future__ import annotations

import json
import re
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import yaml

from adoption.problems import AdoptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adoption.keeping.keep import Setting

LINE_LENGTH: Final = 120
_LONGEST_INLINE: Final = 80
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@()-]+)*|/[A-Za-z0-9_./@-]*", re.ASCII)
_READ_AS_SOMETHING_ELSE: Final = re.compile(r"(?i)(?:y|n|yes|no|on|off|true|false|null)")
_UNPRINTABLE: Final = re.compile(
    "[^\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010fffd]|[\u2028\u2029\ufeff]"
)
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


def as_yaml(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as YAML that reads the same by every version of YAML."""
    return "\n".join(_block(value, 0, 2)) + "\n"


def _applied(document: Any, setting: Setting) -> Any:  # noqa: ANN401 - any YAML
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


def _reads_as(text: str, wanted: Any) -> bool:  # noqa: ANN401 - any YAML
    try:
        found = json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return bool(_without_empty(found) == _without_empty(wanted))


def _without_empty(value: Any) -> Any:  # noqa: ANN401 - any YAML
    """Return a document without sections that say nothing: a removed last key leaves one."""
    if isinstance(value, dict):
        return {key: kept for key, item in value.items() if (kept := _without_empty(item)) not in ({}, None)}
    return value


def _edited(text: str, setting: Setting) -> str | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    step = _step(root)
    section, rest = root, list(setting.path)
    key_node: yaml.Node | None = None
    while len(rest) > 1:
        found = _member(section, rest[0])
        inner = None if found is None else found[1]
        if found is None or not isinstance(inner, yaml.MappingNode):
            break
        key_node, section = found[0], inner
        rest.pop(0)
    found = _member(section, rest[0])
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
    aliases: list[Any] = [event for event in _events(text) if isinstance(event, yaml.AliasEvent)]
    shared = _shared_on_the_way(text, setting)
    values = _anchored(text)
    for alias in reversed(aliases):
        if alias.anchor in shared:
            text = text[: alias.start_mark.index] + _inline(values[alias.anchor]) + text[alias.end_mark.index :]
    return _edited(text, setting)


def _events(text: str) -> list[Any]:
    """Return the events of the parser, whose marks its types do not promise."""
    return list(yaml.parse(text))


def _anchor_starts(text: str) -> dict[int, str]:
    """Return the names of anchors by where their values start."""
    events = [event for event in _events(text) if not isinstance(event, yaml.AliasEvent)]
    return {event.start_mark.index: event.anchor for event in events if getattr(event, "anchor", None)}


def _shared_on_the_way(text: str, setting: Setting) -> set[str]:
    starts = _anchor_starts(text)
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    names = set()
    for part in setting.path:
        found = _member(node, part) if isinstance(node, yaml.MappingNode) else None
        if found is None:
            break
        node = found[1]
        names |= {starts[node.start_mark.index]} if node.start_mark.index in starts else set()
    return names


def _anchored(text: str) -> dict[str, Any]:
    """Return the value of each anchor."""
    loader: Any = yaml.SafeLoader(text)
    starts = _anchor_starts(text)
    nodes: dict[str, Any] = {}
    for node in _nodes(loader.get_single_node()):
        name = starts.get(node.start_mark.index)
        if name is not None and name not in nodes:
            nodes[name] = loader.construct_object(node, deep=True)
    return nodes


def _nodes(node: Any) -> Iterator[Any]:  # noqa: ANN401 - a node of PyYAML
    yield node
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for one in pair:
                yield from _nodes(one)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _nodes(one)


def _member(section: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((key, value) for key, value in section.value if key.value == name), None)


def _step(root: yaml.MappingNode) -> int:
    """Return by how much the file indents its sections."""
    for _, value in root.value:
        if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
            return _column(value) or 2
    return 2


def _column(section: yaml.MappingNode) -> int:
    """Return the column of a section's keys: it begins with its anchor, where it has one."""
    return int(section.value[0][0].start_mark.column)


def _end(node: yaml.Node) -> int:
    """Return where the text of a node ends: a block ends with its last member."""
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _is_block_text(node: yaml.Node) -> bool:
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _comment(comment: str, indent: int) -> list[str]:
    return [" " * indent + f"# {line}" for line in wrap(_printable(comment), LINE_LENGTH - indent - 2)]


def _inserted(
    text: str, section: yaml.MappingNode, key_node: yaml.Node | None, path: list[str], setting: Setting, step: int
) -> str:
    if section.flow_style:
        value = setting.value
        for parent in reversed(path[1:]):
            value = {parent: value}
        return _inserted_in_braces(text, section, key_node, (path[0], value), setting.comment)
    indent = _column(section)
    lines = [] if key_node is not None or len(path) == 1 else [""]
    for parent in path[:-1]:
        lines.append(f"{' ' * indent}{_inline_key(parent)}:")
        indent += step
    lines += [*_comment(setting.comment, indent), *_block({path[-1]: setting.value}, indent, step)]
    for _, last in reversed(section.value):
        if not _is_block_text(last):
            position = _line_end(text, _end(last))
            return text[:position] + "\n" + "\n".join(lines) + (text[position:] or "\n")
    position = _line_start(text, section.value[0][0].start_mark.index)
    return text[:position] + "\n".join(lines) + "\n" + text[position:]


def _inserted_in_braces(
    text: str, section: yaml.MappingNode, key_node: yaml.Node | None, member: tuple[str, Any], comment: str
) -> str:
    position = int(section.end_mark.index) - 1
    key, value = member
    before = text[:position].rstrip()
    gap = "" if before.endswith(("{", ",")) else ","
    space = " " if before.endswith((",", "{")) is False else ""
    text = f"{before}{gap}{space}{_inline_key(key)}: {_inline(value)}{text[position:]}"
    if key_node is None:
        return text
    start = _line_start(text, key_node.start_mark.index)
    indent = len(text[start:]) - len(text[start:].lstrip(" "))
    return text[:start] + "".join(f"{line}\n" for line in _comment(comment, indent)) + text[start:]


def _replaced(text: str, member: tuple[yaml.Node, yaml.Node], value: Any, comment: str, step: int) -> str:  # noqa: ANN401 - JSON
    key, old = member
    indent = int(key.start_mark.column)
    start, end = int(old.start_mark.index), _end(old)
    is_own_line = text[_line_start(text, key.start_mark.index) : key.start_mark.index].strip() == ""
    if _is_block_text(old):
        end = len(text[:end].rstrip("\n"))
    rest = text[end:]
    colon = text.index(":", int(key.end_mark.index)) + 1
    inline = _inline(value)
    if is_own_line and isinstance(value, dict | list) and len(inline) > _LONGEST_INLINE:
        line_end = text[end : _line_end(text, end)]
        block = _block({key.value: value}, indent, step)[1:]
        text = text[:colon] + line_end + "\n" + "\n".join(block) + text[_line_end(text, end) :]
    else:
        gap = text[colon:start] if start > colon and "\n" not in text[colon:start] else " "
        text = text[:colon] + gap + inline + rest
    if not comment or not is_own_line:
        return text
    position = _line_start(text, key.start_mark.index)
    return text[:position] + "".join(f"{line}\n" for line in _comment(comment, indent)) + text[position:]


def _removed(text: str, section: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> str:
    start, end = int(key.start_mark.index), _end(value)
    if section.flow_style:
        after = re.match(r"\s*,\s*", text[end:])
        if after:
            return text[:start] + text[end + after.end() :]
        return re.sub(r",\s*$", "", text[:start]) + text[end:]
    if len(section.value) == 1 and _column(section) > 0:
        return text[:start] + "{}" + text[end:]
    if _is_block_text(value):
        return text[: _line_start(text, start)] + text[end:]
    return text[: _line_start(text, start)] + text[_line_end(text, end) + 1 :]


def _block(value: Any, indent: int, step: int) -> list[str]:  # noqa: ANN401 - any JSON value
    margin = " " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key, item in value.items():
            inline = _inline(item)
            if (isinstance(item, dict) and item) or (isinstance(item, list) and item and _is_long(inline, item)):
                lines += [f"{margin}{_inline_key(key)}:", *_block(item, indent + step, step)]
            else:
                lines.append(f"{margin}{_inline_key(key)}: {inline}")
        return lines
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            inner = _block(item, indent + 2, step) if isinstance(item, dict | list) and item else [_inline(item)]
            lines += [f"{margin}- {inner[0].lstrip(' ')}", *inner[1:]]
        return lines
    return [f"{margin}{_inline(value)}"]


def _is_long(inline: str, items: list[Any]) -> bool:
    return len(inline) > _LONGEST_INLINE or any(isinstance(item, dict | list) and item for item in items)


def _inline_key(key: object) -> str:
    return _inline(str(key))


def _inline(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inline_key(key)}: {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and not _READ_AS_SOMETHING_ELSE.fullmatch(value)
        return value if is_plain else f'"{_printable(value.translate(_QUOTED))}"'
    return json.dumps(value)


_QUOTED: Final = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r"}


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
