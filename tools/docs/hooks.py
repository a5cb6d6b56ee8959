"""Makes a site of Markdown that reads well on GitHub; `mkdocs.yml` names this file.

- The files of the project's root that readers look for are pages of the site; the JSON Schemas are under `schemas/`.
- Links to other files of the repository lead to the repository.
- Code blocks between `<!-- tabs -->` and `<!-- /tabs -->` are tabs, named by the bold line before each.
- Mermaid flowcharts are drawn when the site is built, so that a reader's browser loads no script for it.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from operations.drawing.drawing import draw
from operations.drawing.graph import Box, Graph, Link

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
# Pages of the site by their file in the project's root.
OF_ROOT = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "reporting.md"}
TABS = re.compile(r"^( *)<!-- tabs -->\n(.*?)^\1<!-- /tabs -->\n", re.MULTILINE | re.DOTALL)
TAB = re.compile(r"^\*\*(.+?)\*\*\n\n(```.*?^```\n)", re.MULTILINE | re.DOTALL)
OUTSIDE = re.compile(r"\[([^\]\[]*)\]\(\.\./([^)\s]+)\)")
NODE = re.compile(r"(\w+)\[\"(?:<b>)?(.*?)(?:</b>)?(?:<br/>(.*?))?\"\]")
EDGE = re.compile(r"^\s*(\w+)(?:\[[^\]]*\])?(?: -- \"(.*?)\")? -->\s*(\w+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the project's root."""
    for name, page in OF_ROOT.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=re.sub(r"\]\(docs/", "](", text)))
    for schema in sorted((ROOT / "values").glob("*.schema.json")):
        files.append(File.generated(config, f"schemas/{schema.name}", content=schema.read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn what GitHub shows as it is into what the site has."""
    del page, files
    with_tabs = TABS.sub(_tabs, markdown)
    return OUTSIDE.sub(lambda match: _link(match[1], match[2], config["repo_url"]), with_tabs)


def slug(heading: str, separator: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", separator)


def _tabs(match: re.Match[str]) -> str:
    return textwrap.indent(TAB.sub(_tab, textwrap.dedent(match[2])), match[1])


def _tab(match: re.Match[str]) -> str:
    block = "".join(f"    {line}" if line.strip() else line for line in match[2].splitlines(keepends=True))
    return f'=== "{match[1]}"\n\n{block}'


def _link(text: str, path: str, repository: str | None) -> str:
    file, _, anchor = path.partition("#")
    if file in OF_ROOT:
        return f"[{text}]({OF_ROOT[file]}{f'#{anchor}' if anchor else ''})"
    return f"[{text}]({repository.rstrip('/')}/blob/main/{path})" if repository else text


def flowchart(source: str, *_: object, **__: object) -> str:
    """Draw a Mermaid flowchart whose nodes are `name["<b>title</b><br/>line below"]`."""
    edges = [match.groups() for match in map(EDGE.match, source.splitlines()) if match]
    links = [Link(start, end, row or None) for start, label, end in edges for row in (label or "").split("<br/>")]
    boxes = [
        Box(name, title, below, tuple(dict.fromkeys(link.row for link in links if link.source == name and link.row)))
        for name, title, below in NODE.findall(source)
    ]
    return f'<figure class="flowchart">{draw(Graph("", tuple(boxes), tuple(links)))}</figure>'
