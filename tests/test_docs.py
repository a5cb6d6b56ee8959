"""What the pages say can be done: their YAML is valid, their links lead somewhere, their make targets exist."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from config.paths import ROOT
from tests.core.project import Project, environment_text
from tests.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
OF_ROOT = ("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md")
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in OF_ROOT)])
# Pages whose YAML blocks are sections of an environment.
SECTIONS = (
    "addons.md",
    "day-two.md",
    "expose-grafana.md",
    "monitoring.md",
    "network.md",
    "scale-nodes.md",
    "scale-on-a-metric.md",
)
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")
TARGET = re.compile(r"(?:`|^ {4}|^)make ([a-z][a-z-]+)", re.MULTILINE)
# What a browser loads by itself, from another host.
LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?(https?://[^\s\">]+)|url\((https?://[^)]+)\)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def examples() -> Iterator[str]:
    for name in SECTIONS:
        yield from EXAMPLE.findall((DOCS / name).read_text("utf-8"))


@pytest.mark.parametrize("example", list(examples()), ids=lambda text: " ".join(text.split())[:40])
def test_example_is_a_valid_section_of_an_environment(example: str, tmp_path: Path) -> None:
    assert example.startswith(("cluster:\n", "cluster_addons:\n", "kube_prom_stack:\n"))
    cluster = example.partition(":\n")[2] if example.startswith("cluster:\n") else ""
    text = environment_text(cluster=_dedented(cluster)) if cluster else environment_text() + example
    assert Project(tmp_path).problems_of(text) == []


def _dedented(text: str) -> str:
    return re.sub(r"^ {2}", "", text, flags=re.MULTILINE)


@each_page
def test_links_lead_to_pages_and_headings(page: Path) -> None:
    for file, anchor in LINK.findall(page.read_text("utf-8")):
        target = page.parent / file if file else page
        assert target.exists(), target
        assert not anchor or anchor in _anchors(target), f"{target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    headings = [line.lstrip("# ") for line in page.read_text("utf-8").splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_make_targets_exist(page: Path) -> None:
    rules = re.findall(r"^[a-z -]+(?=:)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    assert set(TARGET.findall(page.read_text("utf-8"))) <= targets


def test_every_page_is_in_the_navigation() -> None:
    navigation = re.findall(r"([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert pages - set(navigation) == set(), "name it under `nav` in mkdocs.yml"


def test_the_site_builds_and_loads_nothing_from_another_host(tmp_path: Path) -> None:
    need("mkdocs")
    program = str(ROOT / ".tools/docs/bin/python")
    command = [program, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sources = [path for path in (tmp_path / "site").rglob("*") if path.suffix in (".css", ".html")]
    assert {path.suffix for path in sources} == {".css", ".html"}
    found = {url for path in sources for match in LOADED.findall(path.read_text("utf-8")) for url in match if url}
    assert {url for url in found if "://localhost" not in url} == set()
