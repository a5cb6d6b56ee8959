"""The pictures: current, whole, and right about what reads what."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from config.paths import ROOT
from operations.drawing.drawing import draw, drawings
from operations.drawing.graph import (
    ENVIRONMENT,
    STACK,
    Box,
    Graph,
    Link,
    mermaid,
    resources_graph,
    stacks_graph,
    with_flowchart,
)
from operations.drawing.layout import Layout
from operations.selection.synthesized import Synthesized as Stacks
from tests.operations.stacks import write_stacks

if TYPE_CHECKING:
    from pathlib import Path

    from config.environment import Environment
    from tests.synthesis import Synthesized


@pytest.fixture(scope="module")
def shipped(synthesized: Synthesized, environments: tuple[Environment, ...]) -> Stacks:
    """Give the stacks of the shipped environments."""
    return Stacks.load(synthesized.outdir, (environment.name for environment in environments))


def test_the_pictures_in_docs_are_current(shipped: Stacks) -> None:
    current = drawings(shipped, ENVIRONMENT, shipped.stacks[STACK])
    outdated = [path for path, text in current.items() if (ROOT / path).read_text(encoding="utf-8") != text]
    assert outdated == [], "run './eks graph'"


def test_the_page_shows_the_current_flowchart(shipped: Stacks) -> None:
    page = (ROOT / "docs/concepts.md").read_text(encoding="utf-8")
    assert mermaid(stacks_graph(shipped, ENVIRONMENT)) in page
    assert with_flowchart(page, shipped) == page, "run './eks graph'"


def test_stacks_show_their_outputs_and_who_reads_them(tmp_path: Path) -> None:
    graph = stacks_graph(write_stacks(tmp_path, read=("vpc_id",)), "dev")
    assert graph.boxes[0] == Box("dev-network", "dev-network", "1 resource", ("vpc_id",))
    assert graph.links == (Link("dev-network", "dev-cluster", "vpc_id"),)


def test_resources_show_what_the_stack_reads(tmp_path: Path) -> None:
    stacks = write_stacks(tmp_path)
    graph = resources_graph(stacks, stacks.stacks["dev-cluster"])
    assert [(box.title, box.rows, box.outside) for box in graph.boxes] == [
        ("eks", ("aws_eks_cluster",), False),
        ("dev-network", ("private_subnet_ids", "vpc_id"), True),
    ]
    assert graph.links == (Link("data.terraform_remote_state.state-network", "eks"),)


def test_a_picture_is_an_image_with_every_text() -> None:
    boxes = (Box("a", "a & b", "1 <resource>", ("out",)), Box("c", "c", "2 resources"))
    root = ET.fromstring(draw(Graph("Title", boxes, (Link("a", "c", "out"),))))  # noqa: S314 - our own text
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["Title", "a & b", "1 <resource>", "out", "c", "2 resources"]


def test_boxes_stand_right_of_what_they_take_from_and_never_on_each_other() -> None:
    names = ("a", "b", "c", "d")
    pairs = (("a", "b"), ("b", "c"), ("a", "c"), ("a", "d"))
    layout = Layout(Graph("", tuple(Box(name, name, "") for name in names), tuple(Link(*pair) for pair in pairs)))
    places = [layout.places[name] for name in names]
    assert all(layout.places[a].x + layout.places[a].width < layout.places[b].x for a, b in pairs)
    for place in places:
        for other in places:
            if place is not other and place.column == other.column:
                assert place.y + place.height < other.y or other.y + other.height < place.y


def test_a_circle_is_drawn_all_the_same() -> None:
    boxes = (Box("a", "a", ""), Box("b", "b", ""))
    assert draw(Graph("", boxes, (Link("a", "b"), Link("b", "a")))).startswith("<svg")
