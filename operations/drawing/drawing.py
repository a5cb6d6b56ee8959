"""Draws a graph as SVG: boxes in columns, each right of all that it takes from, links as curves between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from operations.drawing.graph import Box, Graph

# Pixels. A character of the monospaced rows is 0.6 em wide in the usual fonts.
ROW_FONT, TITLE_FONT, HEAD_FONT = 12, 14, 17
CHARACTER = 0.602
PADDING, HEADER, ROW, BELOW = 14, 46, 19, 10
COLUMN_GAP, BOX_GAP, MARGIN, TOP = 110, 34, 28, 64
WAYPOINT_HEIGHT = 14
SANS = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
COLOURS = ("#2563eb", "#c2410c", "#15803d", "#7c3aed", "#be185d", "#0e7490", "#a16207", "#4d7c0f", "#6d28d9", "#b91c1c")
INK, MUTED, LINE, PAPER, OUTSIDE = "#1f2937", "#6b7280", "#d1d5db", "#ffffff", "#f3f4f6"
# What readers with a dark page see; the attributes have the colours of the light one.
DARK = (
    "@media (prefers-color-scheme: dark) { .ink { fill: #e6edf3 } .muted { fill: #9198a1 } .line { stroke: #3d444d } "
    ".paper { fill: #0d1117 } .outside { fill: #21262d } .edge { stroke: #0d1117 } }"
)


@dataclass
class Place:
    """A box, or a point that a link passes on its way through a column: where it is."""

    name: str
    column: int
    width: float
    height: float
    x: float = 0
    y: float = 0

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + self.height / 2


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
    for path, source in layout.curves():
        # Where two links cross, the upper one has an edge in the colour of the paper, so that each can be followed.
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


class Layout:
    """Columns by the longest way from a source, rows by the middle of what a place is linked to."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.boxes = {box.name: box for box in graph.boxes}
        self.pairs = sorted({(link.source, link.target) for link in graph.links})
        columns = _columns(list(self.boxes), self.pairs)
        self.places = {name: Place(name, columns[name], _width(box), _height(box)) for name, box in self.boxes.items()}
        self.ways = {pair: self._way(pair) for pair in self.pairs}
        self._arrange()

    @property
    def width(self) -> float:
        """The width of the picture."""
        return max(place.x + place.width for place in self.places.values()) + MARGIN

    @property
    def height(self) -> float:
        """The height of the picture."""
        return max(place.y + place.height for place in self.places.values()) + MARGIN

    def curves(self) -> Iterable[tuple[str, str]]:
        """Give the path of each link, and the box that it starts at."""
        for link in self.graph.links:
            places = self.ways[link.source, link.target]
            source = places[0]
            start = (source.x + source.width, source.y + self._row_height(link.source, link.row))
            end = (places[-1].x - 7, self._entry(link.source, link.target))
            points = [start]
            for place in places[1:-1]:
                points += [(place.x, place.middle), (place.x + place.width, place.middle)]
            yield _path([*points, end]), link.source

    def arrows(self) -> Iterable[tuple[float, float, str]]:
        """Give the tip of each arrow, and the box that it comes from."""
        for source, target in self.pairs:
            yield self.places[target].x, self._entry(source, target), source

    def _way(self, pair: tuple[str, str]) -> list[Place]:
        """List the places that a link passes: one in each column between its ends."""
        source, target = (self.places[name] for name in pair)
        between = range(source.column + 1, target.column)
        passed = [Place(f"{pair[0]} to {pair[1]}, {column}", column, 0, WAYPOINT_HEIGHT) for column in between]
        self.places.update({place.name: place for place in passed})
        return [source, *passed, target]

    def _arrange(self) -> None:
        columns: dict[int, list[Place]] = defaultdict(list)
        for place in self.places.values():
            columns[place.column].append(place)
        x: float = MARGIN
        for number in sorted(columns):
            width = max(place.width for place in columns[number])
            for place in columns[number]:
                place.x, place.width = x, width
            x += width + COLUMN_GAP
        self._order(columns)
        tallest = max(_stack(column) for column in columns.values())
        for column in columns.values():
            y = TOP + (tallest - _stack(column)) / 2
            for place in column:
                place.y = y
                y += place.height + BOX_GAP

    def _order(self, columns: dict[int, list[Place]]) -> None:
        """Sort each column by the mean position of its neighbours, to and fro, which takes most crossings away."""
        neighbours: dict[str, list[Place]] = defaultdict(list)
        for way in self.ways.values():
            for left, right in pairwise(way):
                neighbours[left.name].append(right)
                neighbours[right.name].append(left)
        for numbers in (sorted(columns), sorted(columns, reverse=True), sorted(columns)):
            position = {place.name: index for column in columns.values() for index, place in enumerate(column)}
            for number in numbers:
                columns[number].sort(key=lambda place: (_mean(position, neighbours[place.name]), place.name))
                position.update({place.name: index for index, place in enumerate(columns[number])})

    def _row_height(self, name: str, row: str | None) -> float:
        """Where a link leaves its box, from the box's top."""
        if row is None or row not in self.boxes[name].rows:
            return HEADER / 2
        return HEADER + (self.boxes[name].rows.index(row) + 0.5) * ROW

    def _entry(self, source: str, target: str) -> float:
        """Where the links from one box enter another: one below the other, in the order that they come in."""
        incoming = [way for pair, way in self.ways.items() if pair[1] == target]
        ordered = sorted(incoming, key=lambda way: (way[-2].middle, way[0].name))
        index = [way[0].name for way in ordered].index(source)
        place = self.places[target]
        return place.y + place.height * (index + 1) / (len(ordered) + 1)


def _columns(names: list[str], pairs: list[tuple[str, str]]) -> dict[str, int]:
    """Put each name right of all that it takes from; a link that closes a circle does not count."""
    before: dict[str, list[str]] = {name: [source for source, target in pairs if target == name] for name in names}
    columns: dict[str, int] = {}

    def column(name: str, path: tuple[str, ...]) -> int:
        if name not in columns:
            sources = [source for source in before[name] if source not in path]
            columns[name] = max((column(source, (*path, name)) + 1 for source in sources), default=0)
        return columns[name]

    for name in names:
        column(name, (name,))
    return columns


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


def _width(box: Box) -> float:
    characters = max([len(row) for row in box.rows], default=0) * ROW_FONT * CHARACTER
    return max(characters, len(box.title) * TITLE_FONT * 0.66, 120) + 2 * PADDING


def _height(box: Box) -> float:
    return HEADER + len(box.rows) * ROW + (BELOW if box.rows else 0)


def _stack(column: list[Place]) -> float:
    return sum(place.height for place in column) + BOX_GAP * (len(column) - 1)


def _mean(position: dict[str, int], places: list[Place]) -> float:
    return sum(position[place.name] for place in places) / len(places) if places else 0


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
