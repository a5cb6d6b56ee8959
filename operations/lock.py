"""Reads and cleans Pipfile.lock; only the standard library, as it runs before anything is installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LOCK_FILE = Path(__file__).parents[1] / "Pipfile.lock"


def requirements(lock: dict[str, Any], category: str) -> str:
    """Write one category of the lock as pip requirements with hashes.

    `terrain` is what the program needs with CDK Terrain: everything else stays as it is.
    """
    packages = lock[category]
    if category == "terrain":
        packages = {name: one for name, one in lock["default"].items() if not name.startswith("cdktf")} | packages
    return "".join(_requirement(name, entry) for name, entry in packages.items())


def _requirement(name: str, entry: dict[str, Any]) -> str:
    marker = f"; {entry['markers']}" if "markers" in entry else ""
    hashes = "".join(f" --hash={value}" for value in entry["hashes"])
    return f"{name}{entry['version']}{marker}{hashes}\n"


def without_sources(lock: dict[str, Any]) -> dict[str, Any]:
    """Leave out the package index that pipenv adds: which index serves the packages is for pip's configuration to say.

    `pipenv sync` and `pipenv verify` accept such a lock.
    """
    categories = {
        category: {
            name: {key: value for key, value in entry.items() if key != "index"} for name, entry in group.items()
        }
        for category, group in lock.items()
        if category != "_meta"
    }
    return {"_meta": {**lock["_meta"], "sources": []}, **categories}


def main(arguments: list[str]) -> int:
    """Print a category as requirements (`requirements CATEGORY`), or rewrite the lock without sources (`clean`)."""
    lock = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    match arguments:
        case ["requirements", category] if category in lock:
            sys.stdout.write(requirements(lock, category))
        case ["clean"]:
            LOCK_FILE.write_text(json.dumps(without_sources(lock), indent=4, sort_keys=True) + "\n", encoding="utf-8")
        case _:
            sys.stderr.write("usage: lock.py requirements CATEGORY | clean\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
