"""What the provider stand-ins did, and what they hold."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.project import Project


def log(project: Project, operation: str) -> list[dict[str, Any]]:
    """Return what the stand-ins did of one kind, in order."""
    lines = (project.folder / ".sandbox/log.jsonl").read_text(encoding="utf-8").splitlines()
    return [entry for entry in map(json.loads, lines) if entry["op"] == operation]


def stored(project: Project) -> list[str]:
    """Return the objects that exist in the account of the stand-ins."""
    return sorted(path.name for path in (project.folder / ".sandbox/store").rglob("*.json"))


def created_more_than_once(project: Project) -> dict[tuple[str, str], int]:
    """Return how often each object was made that was made again."""
    made = Counter((entry["type"], entry["id"]) for entry in log(project, "create"))
    return {key: times for key, times in made.items() if times > 1}
