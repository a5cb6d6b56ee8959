"""Where things are in the text of a YAML file, by the nodes that the parser gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adoption.keeping.keep import Setting


def events_of(text: str) -> list[Any]:
    """Return the events of the parser, whose marks its types do not promise."""
    return list(yaml.parse(text))


def _anchor_starts(text: str) -> dict[int, str]:
    """Return the names of anchors by where their values start."""
    events = [event for event in events_of(text) if not isinstance(event, yaml.AliasEvent)]
    return {event.start_mark.index: event.anchor for event in events if getattr(event, "anchor", None)}


def anchors_on_the_way(text: str, setting: Setting) -> set[str]:
    """Return the anchors of the sections that lead to a setting."""
    starts = _anchor_starts(text)
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    names = set()
    for part in setting.path:
        found = member_of(node, part) if isinstance(node, yaml.MappingNode) else None
        if found is None:
            break
        node = found[1]
        names |= {starts[node.start_mark.index]} if node.start_mark.index in starts else set()
    return names


def values_of_anchors(text: str) -> dict[str, Any]:
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


def member_of(section: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return key and value of a member of a mapping."""
    return next(((key, value) for key, value in section.value if key.value == name), None)


def step_of(root: yaml.MappingNode) -> int:
    """Return by how much the file indents its sections."""
    for _, value in root.value:
        if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
            return column_of(value) or 2
    return 2


def column_of(section: yaml.MappingNode) -> int:
    """Return the column of a section's keys: it begins with its anchor, where it has one."""
    return int(section.value[0][0].start_mark.column)


def end_of(node: yaml.Node) -> int:
    """Return where the text of a node ends: a block ends with its last member."""
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return end_of(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def is_block_text(node: yaml.Node) -> bool:
    """Whether a node ends with a text in block style."""
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def end_of_line(text: str, position: int) -> int:
    """Return where the line of a position ends."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def start_of_line(text: str, position: int) -> int:
    """Return where the line of a position starts."""
    return text.rfind("\n", 0, position) + 1
