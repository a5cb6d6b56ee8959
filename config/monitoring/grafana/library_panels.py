"""Panels of a library in an exported dashboard: provisioning does not import a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.core.problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def with_library_panels(value: Any, elements: Mapping[str, Any]) -> Any:  # noqa: ANN401 (any part of a dashboard)
    """Return a part of a dashboard in which panels of a library are panels of its own."""
    if isinstance(value, list):
        return [with_library_panels(item, elements) for item in value]
    if not isinstance(value, dict):
        return value
    library = value.get("libraryPanel")
    element = elements.get(str(library.get("uid"))) if isinstance(library, dict) else None
    if isinstance(element, dict) and isinstance(element.get("model"), dict):
        place = {key: item for key, item in value.items() if key in ("id", "gridPos")}
        return {**{key: item for key, item in element["model"].items() if key != "libraryPanel"}, **place}
    return {key: with_library_panels(item, elements) for key, item in value.items()}


def missing_library_panels(dashboard: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of library panels that the dashboard refers to and does not bring."""
    panels = list(dashboard.get("panels") or ())
    while panels:
        panel = panels.pop(0)
        if not isinstance(panel, dict):
            continue
        below = panel.get("panels")
        panels.extend(below if isinstance(below, list) else ())
        library = panel.get("libraryPanel")
        if isinstance(library, dict):
            yield shown(library.get("name", library.get("uid")))
