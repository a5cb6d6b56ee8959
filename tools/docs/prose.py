"""Checks the language of all text, pages, messages and comments: `python -m tools.docs.prose`, for `make lint`.

`phrases.txt` has the phrases that no text may have, with what to write instead. Lines of pages have at most 120
characters; lines of tables, code and links that cannot be broken may be longer.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PHRASES = Path(__file__).with_name("phrases.txt")
LINE_LENGTH = 120
# Made by programs, or not text of this project.
NOT_OURS = {"node_modules", "cdktf.out", "adoption-report", "__pycache__", "__snapshots__", "last_release"}
GENERATED = {"changes.md", "commands.md", "environments.md", "outputs.md", "workload-settings.md"}
SUFFIXES = {".html", ".md", ".py", ".tmpl", ".toml", ".yaml", ".yml", ""}
# Between two words of a phrase: blanks, or a line break with what starts the next line of a comment, list or text.
GAP = r"(?:[ \t]+(?![ \t\"'\n])|[ \t]*[\"']?\n[ \t]*(?:#:?|>|[rf]*\")?[ \t]*)"
FENCE = re.compile(r"^ *(```+)")
ADDRESS = re.compile(r"\]\([^)]*\)")


def phrases() -> dict[re.Pattern[str], str]:
    """Return what to write instead of each phrase."""
    lines = [line for line in PHRASES.read_text(encoding="utf-8").splitlines() if " -> " in line]
    pairs = [line.split(" -> ") for line in lines if not line.startswith("#")]
    return {re.compile(rf"\b{phrase.replace(' ', GAP)}\b", re.IGNORECASE): better for phrase, better in pairs}


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Yield the project's own files of text."""
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or path.is_symlink() or (path.name.startswith(".") and path.name != ".github"):
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix in SUFFIXES:
            yield path


def problems_of(path: Path, forbidden: dict[re.Pattern[str], str]) -> Iterator[str]:
    """Yield `line: what is wrong` for a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    for pattern, better in forbidden.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{line}: '{re.sub(GAP, ' ', match[0])}': write {better}"
    if path.suffix == ".md" and path.name not in GENERATED:
        yield from _long_lines(text)


def _long_lines(text: str) -> Iterator[str]:
    fence = None
    for number, line in enumerate(text.splitlines(), start=1):
        if match := FENCE.match(line):
            fence = None if fence == match[1] else fence or match[1]
        elif fence is None and len(ADDRESS.sub("]", line)) > LINE_LENGTH and line.lstrip()[:1] not in ("|", "<"):
            yield f"{number}: {len(line)} characters; at most {LINE_LENGTH}"


def main() -> int:
    """Print all problems; the exit code is 1 where there are any."""
    forbidden = phrases()
    found = [f"{path.relative_to(ROOT)}:{problem}" for path in files() for problem in problems_of(path, forbidden)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
