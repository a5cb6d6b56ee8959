"""Places the boxes of a graph: in columns, each right of all that it takes from, with ways between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from operations.drawing.graph import Box, Graph

# Pixels. A character of the monospaced rows is 0.6 em wide in the usual fonts.
ROW_FONT, TITLE_FONT, HEAD_FONT = 12, 14, 17
CHARACTER = 0.602
PADDING, HEADER, ROW, BELOW = 14, 46, 19, 10
COLUMN_GAP, BOX_GAP, MARGIN, TOP = 110, 34, 28, 64
WAYPOINT_HEIGHT = 14


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

    def curves(self) -> Iterable[tuple[list[tuple[float, float]], str]]:
        """Give the points that each link passes, and the box that it starts at."""
        for link in self.graph.links:
            places = self.ways[link.source, link.target]
            source = places[0]
            start = (source.x + source.width, source.y + self._row_height(link.source, link.row))
            end = (places[-1].x - 7, self._entry(link.source, link.target))
            points = [start]
            for place in places[1:-1]:
                points += [(place.x, place.middle), (place.x + place.width, place.middle)]
            yield [*points, end], link.source

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


def _width(box: Box) -> float:
    characters = max([len(row) for row in box.rows], default=0) * ROW_FONT * CHARACTER
    return max(characters, len(box.title) * TITLE_FONT * 0.66, 120) + 2 * PADDING


def _height(box: Box) -> float:
    return HEADER + len(box.rows) * ROW + (BELOW if box.rows else 0)


def _stack(column: list[Place]) -> float:
    return sum(place.height for place in column) + BOX_GAP * (len(column) - 1)


def _mean(position: dict[str, int], places: list[Place]) -> float:
    return sum(position[place.name] for place in places) / len(places) if places else 0
