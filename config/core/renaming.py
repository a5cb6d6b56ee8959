"""Settings that were renamed: the earlier name keeps working, with a notice that says the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.models import below, members_of, settings_of, tag_of

if TYPE_CHECKING:
    from config.core.files.yaml_nodes import Document, Entry, Node
    from config.core.problems import Location
    from config.core.settings import Settings


def rename_settings(document: Document, model: type[Settings], location: Location = ()) -> None:
    """Give the settings at a location of a document their current names, with a notice for each earlier name.

    A setting that stands there under both names is a problem of the document.
    """
    node = document.node_at(location)
    if node is not None:
        _rename(document, node, model, location)


def _rename(document: Document, node: Node, annotation: object, location: Location) -> None:
    member = _member(annotation, node)
    if isinstance(node.content, list):
        for position, item in enumerate(node.content):
            _rename(document, item, below(member, position), (*location, position))
    elif isinstance(node.content, dict):
        settings = settings_of(member)
        if settings is not None:
            node.content = _renamed(document, node.content, settings.RENAMED, location)
        for key, entry in node.content.items():
            _rename(document, entry.node, below(member, key), (*location, key))


def _member(annotation: object, node: Node) -> object:
    """Return the member of a union that a file chooses; the last one where nothing distinguishes them."""
    *_, member = members_of(annotation)
    type_ = node.content.get("type") if isinstance(node.content, dict) else None
    chosen = [one for one in members_of(annotation) if type_ is not None and tag_of(one) == type_.node.content]
    return chosen[0] if chosen else member


def _renamed(
    document: Document, content: dict[str, Entry], names: dict[str, str], location: Location
) -> dict[str, Entry]:
    for old in names.keys() & content.keys():
        new = names[old]
        if new in content:
            message = f"is the earlier name of {new}, which is given too; remove one"
            document.problems.append(document.problem((*location, old), message))
            content = {key: entry for key, entry in content.items() if key != old}
        else:
            document.notices.append(document.problem((*location, old), f"is called {new} now; rename it"))
            content = {new if key == old else key: entry for key, entry in content.items()}
    return content
