"""Finds the stacks whose synthesized JSON differs from that of another commit."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from config.core.errors import UsageError
from operations.own_folder import own_folder
from operations.selection.synthesized import Synthesized

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def changed_stacks(project: Path, commit: str, now: Synthesized) -> frozenset[str]:
    """Name the stacks that are new or differ from the commit's, and those that read their outputs."""
    with _worktree(project, commit) as folder:
        _synthesize(folder, commit)
        before = Synthesized.load(folder / "cdktf.out").stacks
        differing = [
            name for name, stack in now.stacks.items() if name not in before or stack.content != before[name].content
        ]
    return now.with_consumers(differing)


@contextmanager
def _worktree(project: Path, commit: str) -> Iterator[Path]:
    """Check the commit out in a folder of the project, and remove it afterwards."""
    with own_folder("since") as parent:
        folder = parent / "project"
        # What killed commands left of theirs.
        _git(project, "worktree", "prune")
        found = _git(project, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}").strip()
        _git(project, "worktree", "add", "--quiet", "--detach", str(folder), found)
        try:
            yield folder
        finally:
            _git(project, "worktree", "remove", "--force", str(folder))


def _git(project: Path, *arguments: str) -> str:
    outcome = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=False)  # noqa: S603, S607 - git of the path
    if outcome.returncode != 0:
        raise UsageError(f"SINCE: git {' '.join(arguments[:2])}: {outcome.stderr.strip()}")
    return outcome.stdout


def _synthesize(folder: Path, commit: str) -> None:
    """Synthesize the commit with the packages of this one."""
    outcome = subprocess.run([sys.executable, "main.py"], cwd=folder, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise UsageError(f"SINCE: {commit} cannot be synthesized with this checkout's packages:\n{outcome.stderr}")
