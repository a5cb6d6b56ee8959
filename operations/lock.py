"""Reads Pipfile.lock, and cleans it: `python -m operations.lock`.

Only the standard library is imported, as the lock is read before anything is installed.
"""

from __future__ import annotations

import json
from typing import Any

from config.core.files.written_files import TRACKED, write_whole
from config.paths import ROOT

LOCK_FILE = ROOT / "Pipfile.lock"


def read_lock() -> dict[str, Any]:
    """Return the content of Pipfile.lock."""
    lock: dict[str, Any] = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    return lock


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

    `pipenv verify` accepts such a lock.
    """
    categories = {
        category: {
            name: {key: value for key, value in entry.items() if key != "index"} for name, entry in group.items()
        }
        for category, group in lock.items()
        if category != "_meta"
    }
    return {"_meta": {**lock["_meta"], "sources": []}, **categories}


def main() -> None:
    """Rewrite the lock without sources."""
    text = json.dumps(without_sources(read_lock()), indent=4, sort_keys=True)
    write_whole(LOCK_FILE, f"{text}\n", mode=TRACKED)


if __name__ == "__main__":
    main()
