"""The pages of the documentation, and the code blocks in them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
OF_ROOT = ("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md")
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in OF_ROOT)])
# Its first line may name the file that a block is of.
FILE = re.compile(r"^# (values/\S+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced code block of a page.

    Attributes:
        line: The line of its first line of code.

    """

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield the texts for the files that the block names; without a name, one text for ''."""
        pieces = FILE.split(self.text)
        if pieces[0].strip():
            yield "", pieces[0]
        yield from zip(pieces[1::2], pieces[2::2], strict=True)


def blocks(*languages: str) -> list[Block]:
    """Return the code blocks in these languages, of all pages."""
    return [block for page in PAGES for block in blocks_of(page) if block.language in languages]


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page."""
    fence: re.Match[str] | None = None
    code: list[str] = []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        if fence is None:
            fence = re.match(r"^ *(```+)(\w*)", line)
            code = []
        elif line.strip() == fence[1]:
            yield Block(page, number - len(code), fence[2], textwrap.dedent("\n".join(code) + "\n"))
            fence = None
        else:
            code.append(line)
    assert fence is None, f"{page}: a code block has no end"


def shown_in(page: str) -> list[str]:
    """Return the outputs that a page of `docs/` shows, in order."""
    return [block.text for block in blocks_of(DOCS / page) if block.language == "text"]


def assert_shown(expected: str, printed: str) -> None:
    """Check that each line is printed, in this order; `…` stands for anything, and blanks for any number of them."""
    position = 0
    for line in filter(str.strip, expected.splitlines()):
        words = r"[ \t]+".join(re.escape(word).replace("…", ".*") for word in line.split())
        found = re.compile(words).search(printed, position)
        assert found, f"{line!r} is not in:\n{printed}"
        position = found.end()
