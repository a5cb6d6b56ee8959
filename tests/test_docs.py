"""What the pages say can be done: their YAML is valid, their links lead somewhere, their make targets exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from config.paths import ROOT
from tests.core.project import Project, environment_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = (
    "addons.md",
    "architecture.md",
    "changes.md",
    "day-two.md",
    "expose-grafana.md",
    "monitoring.md",
    "scale-nodes.md",
    "scale-on-a-metric.md",
    "upgrades.md",
)
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")
TARGET = re.compile(r"`make ([a-z-]+)")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def examples() -> Iterator[str]:
    for name in PAGES:
        yield from EXAMPLE.findall(page(name))


@pytest.mark.parametrize("example", list(examples()), ids=lambda text: " ".join(text.split())[:40])
def test_example_is_a_valid_section_of_an_environment(example: str, tmp_path: Path) -> None:
    assert example.startswith(("cluster_addons:\n", "kube_prom_stack:\n"))
    assert Project(tmp_path).problems_of(environment_text() + example) == []


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_pages_and_headings(name: str) -> None:
    for file, anchor in LINK.findall(page(name)):
        target = ROOT / "docs" / (file or name)
        assert target.is_file(), target
        headings = [line.lstrip("# ") for line in target.read_text("utf-8").splitlines() if line.startswith("#")]
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors


@pytest.mark.parametrize("name", PAGES)
def test_make_targets_exist(name: str) -> None:
    rules = re.findall(r"^[a-z -]+(?=:)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    assert set(TARGET.findall(page(name))) <= targets
