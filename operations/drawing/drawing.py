"""Draws a graph as SVG: boxes in columns, each right of all that it takes from, links as curves between them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from operations.drawing.graph import ENVIRONMENT, resources_graph, stacks_graph
from operations.drawing.layout import HEAD_FONT, HEADER, MARGIN, PADDING, ROW, ROW_FONT, TITLE_FONT, Layout

if TYPE_CHECKING:
    from operations.drawing.graph import Box, Graph
    from operations.drawing.layout import Place
    from operations.selection.synthesized import Stack, Synthesized

SANS = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
COLOURS = ("#2563eb", "#c2410c", "#15803d", "#7c3aed", "#be185d", "#0e7490", "#a16207", "#4d7c0f", "#6d28d9", "#b91c1c")
INK, MUTED, LINE, PAPER, OUTSIDE = "#1f2937", "#6b7280", "#d1d5db", "#ffffff", "#f3f4f6"
# What readers with a dark page see; the attributes have the colours of the light one.
DARK = (
    "@media (prefers-color-scheme: dark) { .ink { fill: #e6edf3 } .muted { fill: #9198a1 } .line { stroke: #3d444d } "
    ".paper { fill: #0d1117 } .outside { fill: #21262d } .edge { stroke: #0d1117 } }"
)


def drawings(stacks: Synthesized, environment: str, chosen: Stack) -> dict[str, str]:
    """Draw an environment's stacks and the resources of one stack, by path in the project."""
    name = "graph" if environment == ENVIRONMENT else f"graph-{environment}"
    return {
        f"docs/{name}.svg": draw(stacks_graph(stacks, environment)),
        f"docs/graph-{chosen.name}.svg": draw(resources_graph(stacks, chosen)),
    }


def draw(graph: Graph) -> str:
    """Return the picture as SVG; the same graph always gives the same text."""
    layout = Layout(graph)
    width = max(layout.width, 2 * MARGIN + len(graph.title) * HEAD_FONT * 0.55)
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_n(width)} {_n(layout.height)}",
            "width": _n(width),
            "height": _n(layout.height),
            "role": "img",
            "font-family": SANS,
        },
    )
    ET.SubElement(svg, "title").text = graph.title
    ET.SubElement(svg, "style").text = DARK
    ET.SubElement(svg, "rect", {"width": "100%", "height": "100%", "fill": PAPER, "class": "paper"})
    _text(svg, MARGIN, 38, graph.title, size=HEAD_FONT, weight="600")
    colours = {box.name: COLOURS[index % len(COLOURS)] for index, box in enumerate(graph.boxes)}
    for points, source in layout.curves():
        # Where two links cross, the upper one has an edge in the colour of the paper, so that each can be followed.
        path = _path(points)
        edge = {"d": path, "fill": "none", "stroke": PAPER, "stroke-width": "5", "class": "edge"}
        ET.SubElement(svg, "path", edge)
        ET.SubElement(svg, "path", {"d": path, "fill": "none", "stroke": colours[source], "stroke-width": "1.8"})
    for x, y, source in layout.arrows():
        ET.SubElement(
            svg,
            "path",
            {"d": f"M{_n(x - 8)} {_n(y - 4.5)} L{_n(x)} {_n(y)} L{_n(x - 8)} {_n(y + 4.5)} Z", "fill": colours[source]},
        )
    used = {(link.source, link.row) for link in graph.links if link.row}
    for box in graph.boxes:
        _box(svg, box, layout.places[box.name], colours[box.name], used)
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def _box(svg: ET.Element, box: Box, place: Place, colour: str, used: set[tuple[str, str]]) -> None:
    group = ET.SubElement(svg, "g", {"transform": f"translate({_n(place.x)} {_n(place.y)})", "data-box": box.name})
    frame = {"width": _n(place.width), "height": _n(place.height), "rx": "8", "stroke": LINE, "stroke-width": "1.2"}
    dashes = {"stroke-dasharray": "5 4"} if box.outside else {}
    kind, fill = ("outside", OUTSIDE) if box.outside else ("paper", PAPER)
    ET.SubElement(group, "rect", {**frame, **dashes, "fill": fill, "class": f"line {kind}"})
    ET.SubElement(group, "rect", {"width": "5", "height": _n(place.height), "rx": "2.5", "fill": colour})
    _text(group, PADDING, 20, box.title, size=TITLE_FONT, weight="600")
    _text(group, PADDING, 37, box.subtitle, size=11, fill=MUTED)
    for index, row in enumerate(box.rows):
        y = HEADER + (index + 0.5) * ROW
        leaves = (box.name, row) in used
        fill = INK if leaves or box.outside or not used else MUTED
        _text(group, PADDING, y + 4, row, size=ROW_FONT, family=MONO, fill=fill)
        if leaves:
            ET.SubElement(group, "circle", {"cx": _n(place.width), "cy": _n(y), "r": "3.5", "fill": colour})


def _text(
    parent: ET.Element,
    x: float,
    y: float,
    text: str,
    *,
    size: int,
    fill: str = INK,
    weight: str = "400",
    family: str = SANS,
) -> None:
    attributes = {"x": _n(x), "y": _n(y), "font-size": str(size), "fill": fill, "font-weight": weight}
    attributes["class"] = "ink" if fill == INK else "muted"
    ET.SubElement(parent, "text", {**attributes, "font-family": family}).text = text


def _path(points: list[tuple[float, float]]) -> str:
    """Join points by curves that leave and enter level."""
    (x, y), *rest = points
    parts = [f"M{_n(x)} {_n(y)}"]
    for to_x, to_y in rest:
        half = (to_x - x) / 2
        parts.append(f"C{_n(x + half)} {_n(y)} {_n(to_x - half)} {_n(to_y)} {_n(to_x)} {_n(to_y)}")
        x, y = to_x, to_y
    return " ".join(parts)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
