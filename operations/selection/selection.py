"""Chooses stacks by environment, by name and by what depends on what."""

from __future__ import annotations

import difflib
import fnmatch
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.core.errors import UsageError
from config.core.naming import STACKS
from config.paths import ROOT
from operations.selection import since

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from operations.selection.synthesized import Stack, Synthesized

GRAPH = "..."
NOT = "!"


@dataclass(frozen=True)
class Selection:
    """Which stacks a command is about: those that fit all that is given.

    Attributes:
        patterns: Names of stacks and environments, 'dev-*', '!dev-workloads' to leave out, 'dev-cluster...' with what
            it reads, '...dev-cluster' with what reads it. Without one that chooses, all are chosen.

    """

    environment: str | None = None
    patterns: tuple[str, ...] = ()
    since: str | None = None
    remote_state_only: bool = False

    def environments(self, stacks: Synthesized) -> tuple[str, ...]:
        """Name the environments whose stacks may be chosen; stacks that are switched off count."""
        wanted = [name for name in stacks.environments if self.environment in (None, name)]
        patterns = [_plain(pattern) for pattern in self.patterns if not pattern.startswith(NOT)]
        names = {name: (name, *(f"{name}-{kind}" for kind in STACKS)) for name in wanted}
        return tuple(
            name for name in wanted if not patterns or any(fnmatch.filter(names[name], plain) for plain in patterns)
        )

    def of(self, stacks: Synthesized) -> tuple[Stack, ...]:
        """Choose the stacks, in dependency order.

        Raises:
            UsageError: Nothing was named or nothing fits.
        """
        if not (self.environment or self.patterns or self.since):
            raise UsageError(
                f"choose stacks: an environment (--env {stacks.environments[0]}), names or patterns ('dev-*'), "
                "or --since origin/main; ./eks list prints the names"
            )
        chosen = select(stacks, environment=self.environment, patterns=self.patterns)
        if self.remote_state_only:
            chosen = tuple(stack for stack in chosen if stack.backend[0] != "local")
        if self.since is None:
            return chosen
        changed = since.changed_stacks(ROOT, self.since, stacks)
        return tuple(stack for stack in chosen if stack.name in changed)


def select(stacks: Synthesized, *, environment: str | None = None, patterns: Sequence[str] = ()) -> tuple[Stack, ...]:
    """Choose stacks by environment and by patterns; without patterns that choose every stack matches.

    Raises:
        UsageError: A pattern or the environment has no stack.
    """
    if environment is not None and environment not in stacks.environments:
        raise UsageError(f"there is no environment {environment}{_meant(environment, stacks.environments)}")
    names = [name for name, stack in stacks.stacks.items() if environment in (None, stack.environment)]
    included = [pattern for pattern in patterns if not pattern.startswith(NOT)]
    excluded = [pattern.removeprefix(NOT) for pattern in patterns if pattern.startswith(NOT)]
    chosen = {name for pattern in included or ["*"] for name in _matching(pattern, names, stacks)}
    chosen -= {name for pattern in excluded for name in _matching(pattern, names, stacks)}
    return tuple(stack for name, stack in stacks.stacks.items() if name in chosen)


def one(stacks: Synthesized, name: str) -> Stack:
    """Find a stack by its name.

    Raises:
        UsageError: There is none.
    """
    if name not in stacks.stacks:
        raise UsageError(f"no stack is named {name}{_meant(name, stacks.stacks)}")
    return stacks.stacks[name]


def environment_of(names: Iterable[str], name: str) -> str:
    """Return the name of an environment.

    Raises:
        UsageError: There is none of that name.
    """
    known = sorted(names)
    if name not in known:
        raise UsageError(f"there is no environment {name}{_meant(name, known)}")
    return name


def _matching(pattern: str, names: Sequence[str], stacks: Synthesized) -> frozenset[str]:
    with_consumers, with_upstream = pattern.startswith(GRAPH), pattern.endswith(GRAPH)
    plain = _plain(pattern)
    found = frozenset(fnmatch.filter(names, plain))
    if not found and plain in stacks.environments:
        found = frozenset(name for name in names if stacks.stacks[name].environment == plain)
    if not found:
        raise UsageError(f"no stack is named {plain}{_meant(plain, names)}")
    if with_upstream:
        found |= stacks.with_upstream(found)
    return found | stacks.with_consumers(found) if with_consumers else found


def _plain(pattern: str) -> str:
    """Return a pattern without its upstream and downstream marks."""
    return pattern.removeprefix(GRAPH).removesuffix(GRAPH)


def _meant(name: str, known: Iterable[str]) -> str:
    """Ask whether a similar name was meant, else list what there is."""
    listed = list(known)
    close = difflib.get_close_matches(name, listed, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(listed)}"
