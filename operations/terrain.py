"""Moves a checkout to CDK Terrain permanently: `python -m operations.terrain [--dry-run]`.

Imports and packages are renamed; addresses, outputs, backends and settings stay. A second run changes nothing. Only the
standard library is imported, as the packages are installed afterwards.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

from config.core.files.written_files import TRACKED, write_whole
from config.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# What is installed or generated, and what knows both names.
LEFT_ALONE = (
    "node_modules",
    "cdktf.out",
    "faststart",
    "config/engine.py",
    "operations/lock.py",
    "operations/terrain.py",
    "tests/engines",
    "tests/integration/test_engines.py",
)
RENAMED_IN_CODE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bcdktf_cdktf_provider_(?=\w)"), "cdktn_provider_"),
    (re.compile(r"""(?m)((?:^|[;"'])\s*from )cdktf(?= import\b)"""), r"\1cdktn"),
    (re.compile(r"(?m)^(\s*import )cdktf(?= as \w)"), r"\1cdktn"),
    (re.compile(r"(?m)^(\s*import )cdktf(?=\s*(?:[,;#]|$))"), r"\1cdktn as cdktf"),
    (re.compile(r"""(\bimport_module\(["'])cdktf(?=["'])"""), r"\1cdktn"),
)
RENAMED_IN_SETTINGS = RENAMED_IN_CODE[:1]


def moved(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file whose text the move changes, with its new text."""
    for path, change in _files(root):
        text = path.read_text(encoding="utf-8")
        changed = change(text)
        if changed != text:
            yield path, changed


def _files(root: Path) -> Iterator[tuple[Path, Callable[[str], str]]]:
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        hidden = any(part.startswith(".") for part in relative.parts)
        if not hidden and not any(relative.is_relative_to(other) for other in LEFT_ALONE):
            yield path, rename_imports
    for name, change in FILES.items():
        if (root / name).is_file():
            yield root / name, change


def rename_imports(text: str) -> str:
    """Rename the packages in a module, and in programs that it holds as texts."""
    for pattern, replacement in RENAMED_IN_CODE:
        text = pattern.sub(replacement, text)
    return text


def rename_in_settings(text: str) -> str:
    """Rename the packages in settings of tools."""
    for pattern, replacement in RENAMED_IN_SETTINGS:
        text = pattern.sub(replacement, text)
    return text


def choose_terrain(text: str) -> str:
    """Name the engine in `cdktf.json`, and keep everything else as it is written."""
    settings: dict[str, Any] = json.loads(text)
    if settings.get("cdk") == "terrain":
        return text
    return json.dumps({**settings, "cdk": "terrain"}, indent=2, ensure_ascii=False) + "\n"


def move_packages(text: str) -> str:
    """Put what the category `terrain` of a Pipfile names in the place of CDKTF, and drop the category."""
    sections = re.split(r"(?m)^(?=\[)", text)
    terrain = next((section for section in sections if section.startswith("[terrain]\n")), None)
    if terrain is None:
        return text
    added = [line for line in terrain.splitlines() if line.startswith("cdktn")]
    lines: list[str] = []
    for line in "".join(section for section in sections if section is not terrain).splitlines():
        if not line.startswith("cdktf"):
            lines.append(line)
        elif added:
            lines += added
            added = []
    return "\n".join(lines) + "\n"


def move_locked_packages(text: str) -> str:
    """Do the same in Pipfile.lock; both were locked together."""
    lock: dict[str, Any] = json.loads(text)
    terrain = lock.pop("terrain", None)
    if terrain is None:
        return text
    kept = {name: one for name, one in lock["default"].items() if not name.startswith("cdktf")}
    lock["default"] = kept | {name: one for name, one in terrain.items() if name not in kept}
    return json.dumps(lock, indent=4, sort_keys=True) + "\n"


FILES: dict[str, Callable[[str], str]] = {
    "cdktf.json": choose_terrain,
    "Pipfile": move_packages,
    "Pipfile.lock": move_locked_packages,
    "pyproject.toml": rename_in_settings,
}


def main(arguments: list[str]) -> int:
    """Move this checkout, or only print what would change."""
    if arguments not in ([], ["--dry-run"]):
        sys.stderr.write("usage: python -m operations.terrain [--dry-run]\n")
        return 2
    dry_run = bool(arguments)
    changes = list(moved(ROOT))
    for path, text in changes:
        if not dry_run:
            write_whole(path, text, mode=TRACKED)
        sys.stdout.write(f"{'would change' if dry_run else 'changed'} {path.relative_to(ROOT)}\n")
    if not changes:
        sys.stdout.write("This checkout is on CDK Terrain.\n")
    elif not dry_run:
        sys.stdout.write("Next: 'make snapshots', read their difference, 'make check', 'make plan'.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
