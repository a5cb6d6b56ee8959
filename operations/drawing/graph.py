"""Makes pictures of the stacks from the synthesized JSON: boxes, what is in them, and what one takes of another."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.selection.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.selection.synthesized import Stack, Synthesized

REFERENCE = re.compile(r"\b((?:data\.)?[a-z][\w-]*\.[\w-]+)\b")
# What the pages show.
ENVIRONMENT, STACK = "dev", "dev-cluster"
PAGE_BLOCK = re.compile(r"(?<=<!-- written by 'make graph' -->\n\n```mermaid\n).*?(?=```\n)", re.DOTALL)


@dataclass(frozen=True)
class Box:
    """A box with a title, a line below it, and rows that links may start at."""

    name: str
    title: str
    subtitle: str
    rows: tuple[str, ...] = ()
    outside: bool = False


@dataclass(frozen=True)
class Link:
    """What one box takes of another; without a row it starts at the box itself."""

    source: str
    target: str
    row: str | None = None


@dataclass(frozen=True)
class Graph:
    """A picture without positions."""

    title: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def with_flowchart(page: str, stacks: Synthesized) -> str:
    """Put the current flowchart into the page."""
    flowchart = mermaid(stacks_graph(stacks, ENVIRONMENT))
    return PAGE_BLOCK.sub(lambda _: flowchart, page)


def stacks_graph(stacks: Synthesized, environment: str) -> Graph:
    """Show the stacks of an environment with their outputs, and who reads each output."""
    chosen = select(stacks, environment=environment)
    boxes = tuple(
        Box(stack.name, stack.name, _count(sum(1 for _ in _resources(stack)), "resource"), tuple(sorted(stack.outputs)))
        for stack in chosen
    )
    links = tuple(
        Link(stacks.producer_of(stack, source).name, stack.name, output)
        for stack in chosen
        for source, outputs in sorted(stack.outputs_read().items())
        for output in sorted(outputs)
    )
    return Graph(f"The stacks of {environment}, and the outputs that flow between them", boxes, links)


def resources_graph(stacks: Synthesized, stack: Stack) -> Graph:
    """Show the resources of a stack, grouped by the constructs that make them, and what each group takes of others."""
    groups: dict[str, Counter[str]] = {}
    for group, kind, _ in _resources(stack):
        groups.setdefault(group, Counter())[kind] += 1
    boxes = [
        Box(
            name,
            name,
            _count(kinds.total(), "resource"),
            tuple(_counted(kind, number) for kind, number in sorted(kinds.items())),
        )
        for name, kinds in sorted(groups.items())
    ]
    for source, outputs in sorted(stack.outputs_read().items()):
        producer = stacks.producer_of(stack, source).name
        boxes.append(
            Box(
                f"data.terraform_remote_state.{source}", producer, "another stack", tuple(sorted(outputs)), outside=True
            )
        )
    names = {box.name for box in boxes}
    pairs = {(source, target) for source, target in _references(stack) if source in names and target in names}
    links = tuple(Link(source, target) for source, target in sorted(_without_detours(pairs)))
    return Graph(f"The resources of {stack.name}, by construct", tuple(boxes), links)


def mermaid(graph: Graph) -> str:
    """Write the stacks as a Mermaid flowchart; several outputs between the same two stacks share one arrow."""
    boxes = (f'  {_identifier(box.name)}["<b>{box.title}</b>"]' for box in graph.boxes)
    lines = ["flowchart LR", *boxes]
    labels: dict[tuple[str, str], list[str]] = {}
    for link in graph.links:
        labels.setdefault((link.source, link.target), []).append(link.row or "")
    for (source, target), rows in labels.items():
        lines.append(f'  {_identifier(source)} -- "{"<br/>".join(rows)}" --> {_identifier(target)}')
    return "\n".join(lines) + "\n"


def _identifier(name: str) -> str:
    return name.replace("-", "_")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _counted(kind: str, number: int) -> str:
    return kind if number == 1 else f"{kind} × {number}"  # noqa: RUF001 - the sign for times


def _resources(stack: Stack) -> Iterator[tuple[str, str, Any]]:
    """List the resources: the construct of the stack that each is in, its type, its content."""
    for kind, named in stack.configuration.get("resource", {}).items():
        for content in named.values():
            yield _group(content), kind, content


def _group(content: dict[str, Any]) -> str:
    """Name the construct right below the stack that holds a resource or a data source."""
    path: str = content["//"]["metadata"]["path"]
    return path.split("/")[1]


def _references(stack: Stack) -> Iterator[tuple[str, str]]:
    """List which group a group refers to, as (referred to, referring)."""
    configuration = stack.configuration
    found = {
        f"{prefix}{kind}.{name}": content
        for section, prefix in (("resource", ""), ("data", "data."))
        for kind, named in configuration.get(section, {}).items()
        for name, content in named.items()
    }
    groups = {
        address: address if address.startswith("data.terraform_remote_state.") else _group(content)
        for address, content in found.items()
    }
    for address, content in found.items():
        text = json.dumps({key: value for key, value in content.items() if key != "//"})
        for reference in REFERENCE.findall(text):
            source = groups.get(reference)
            if source is not None and source != groups[address]:
                yield source, groups[address]


def _without_detours(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out a link where a longer way leads from its source to its target."""
    after: dict[str, set[str]] = {}
    for source, target in pairs:
        after.setdefault(source, set()).add(target)

    def reaches(start: str, end: str, seen: set[str]) -> bool:
        seen.add(start)
        return any(step == end or (step not in seen and reaches(step, end, seen)) for step in after.get(start, ()))

    return {
        (source, target)
        for source, target in pairs
        if not any(step != target and reaches(step, target, {source}) for step in after[source])
    }
