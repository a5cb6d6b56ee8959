"""Reports which files under `values/` nothing reads: a file that is skipped silently is a rule that never fires."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from config.core.problems import WHOLE_FILE, LocatedProblem
from config.imports import FOLDER as IMPORTS
from config.monitoring.prometheus.rule_files import FILE_NAME, LONGEST_NAME
from config.monitoring.values.values_files import SHARED_VALUES_FILE
from config.policy.policy import POLICIES, RULE_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

# Patterns of what is read: https://docs.python.org/3/library/pathlib.html#pathlib.PurePath.match
_READ: Final = (
    re.compile(re.escape(SHARED_VALUES_FILE)),
    re.compile(r"[^/]+\.schema\.json"),
    re.compile(r"alertmanager/[^/]+\.tmpl"),
    re.compile(r"charts/.+"),
    re.compile(r"dashboards/.+\.json"),
    re.compile(r"environments/[^/]+\.ya?ml", re.IGNORECASE),  # config/loading.py says what is wrong there
    re.compile(rf"{IMPORTS}/[^/]+\.yaml"),
    re.compile(r"managed-prometheus/alert-manager\.yaml"),
    re.compile(rf"{POLICIES}/{RULE_NAME}\.yaml"),
    # Examples that an environment may name in `workloads`.
    re.compile(r"workloads/[a-z](?:[-a-z0-9]*[a-z0-9])?\.yaml"),
)
# For readers, wherever they are.
_FOR_PEOPLE: Final = re.compile(r"(?:.*/)?(?:[^/]+\.md|README[^/]*|LICENSE[^/]*)")
_SUFFIXES: Final = {
    "alertmanager": ".tmpl",
    "dashboards": ".json",
    "environments": ".yaml",
    IMPORTS: ".yaml",
    POLICIES: ".yaml",
    "rules": ".yaml",
    "workloads": ".yaml",
}
_ANY_DEPTH: Final = ("dashboards",)


def problems_of_stray_files(values: Path, named: Collection[str]) -> Iterator[LocatedProblem]:
    """Yield the files that nothing reads; `named` are those that an environment names, relative to `values`."""
    for path in _files(values):
        if path in named or _FOR_PEOPLE.fullmatch(path) or any(pattern.fullmatch(path) for pattern in _READ):
            continue
        message = _why_unread(PurePosixPath(path))
        if message is not None:
            shown = f"{values.name}/{path}"
            yield LocatedProblem(shown if shown.isprintable() else ascii(shown), 1, WHOLE_FILE, message)


def _files(values: Path) -> Iterator[str]:
    """Yield every file below a folder, but those that start with a dot and what is in such folders."""
    for folder, folders, files in os.walk(values):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield os.path.relpath(os.path.join(folder, name), values).replace(os.sep, "/")  # noqa: PTH118 (7 times as fast)


def _why_unread(path: PurePosixPath) -> str | None:
    """Return why a file is not read, and what to do; None for a rule file, which is."""
    folder = path.parts[0] if len(path.parts) > 1 else ""
    suffix = _SUFFIXES.get(folder)
    if suffix is None:
        return (
            "is not read: no environment names it (kube_prom_stack.values_files); name it there, or move it elsewhere"
        )
    if len(path.parts) > 2 and folder not in _ANY_DEPTH:
        return f"is not read: files belong in {folder}/ itself; move it there"
    if path.suffix != suffix:
        return f"is not read; name it {_suggested(path.stem, folder)}{suffix}, or move it elsewhere"
    if folder == "rules" and not FILE_NAME.fullmatch(path.stem):
        allowed = f"at most {LONGEST_NAME} lower-case letters, digits, - and _"
        suggested = f"{_suggested(path.stem, folder)}{suffix}"
        return f"is not read: its name becomes a Kubernetes name, of {allowed}; rename it to {suggested}"
    if folder == POLICIES:
        return "is not read: the name of a pack has lower-case letters, digits and inner dashes; rename it"
    if folder == "workloads":
        return "is not read: a workload has lower-case letters, digits and inner dashes, a letter first; rename it"
    return None


def _suggested(stem: str, folder: str) -> str:
    if folder != "rules":
        return stem
    return re.sub(r"[^a-z0-9_]+", "-", stem.lower())[:LONGEST_NAME].strip("-_") or "rules"
