"""Prints the notes of a release from the changelog: `python -m tools.docs.release_notes v1.0.0`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def notes(changelog: str, tag: str) -> str:
    """Return what the changelog says of a version.

    Raises:
        LookupError: The changelog has no section of that version, or an empty one.

    """
    version = tag.removeprefix("v")
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n"
    found = re.search(rf"{heading}(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        raise LookupError(f"CHANGELOG.md has no section '## [{version}] - <date>' with text")
    return found[1].strip() + "\n"


def main(arguments: list[str]) -> int:
    """Print the notes; the exit code is 1 where there are none."""
    try:
        sys.stdout.write(notes(CHANGELOG.read_text(encoding="utf-8"), *arguments))
    except LookupError as error:
        sys.stderr.write(f"{error.args[0]}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
