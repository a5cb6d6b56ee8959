"""Finds what is deployed and no longer configured: stacks that are switched off, and environments that were removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from config.core.errors import ExpectedError, UsageError
from config.core.files import remote_states
from config.core.files.local_states import SUFFIX, providers_of
from config.core.naming import STACKS, SWITCHED_OFF
from config.paths import ROOT
from operations.aws_login import logged_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from operations.aws_login import Login
    from operations.remaining.store import Store
    from operations.runs.folders import Run
    from operations.selection.synthesized import Synthesized


class Remaining(NamedTuple):
    """What S3 and HCP Terraform say of stacks that are switched off.

    Attributes:
        is_news: Whether a synthesis would now write something else than before.
        problems: What could not be read, one line each.

    """

    is_news: bool
    problems: tuple[str, ...]


def look(run: Run, environments: Iterable[str], login: Login) -> Remaining:
    """Find the stacks that the settings no longer have and whose state has resources; record them for synthesis."""
    is_news, problems = False, []
    for environment, store in _stores(run, environments, login):
        stacks = (f"{environment}-{kind}" for kind in SWITCHED_OFF)
        try:
            found = {
                stack: providers
                for stack in stacks
                if not _is_asked_for(stack, run.stacks) and (providers := store.providers(stack))
            }
        except UsageError as problem:
            problems.append(
                f"{environment}: stacks that are switched off may still have resources, which this command does not "
                f"see: {problem}"
            )
        else:
            is_news |= remote_states.remember(ROOT, environment, found)
    return Remaining(is_news, tuple(problems))


def states_elsewhere_without_a_stack(run: Run, environments: Iterable[str], login: Login) -> tuple[str, ...]:
    """Name the states with resources, in the stores of the environments, that no stack has; each with what to do.

    Nothing of a store that cannot be read: `look` reports it.
    """
    lines: dict[str, None] = {}
    for environment, store in _stores(run, environments, login):
        others = {*run.stacks.environments} - {environment}
        try:
            names = sorted({environment, *store.environments()} - others)
            # Of its own stacks `look` has read those that are switched off.
            read = {f"{environment}-{kind}" for kind in SWITCHED_OFF} | run.stacks.stacks.keys()
            for stack in (f"{name}-{kind}" for name in names for kind in STACKS):
                if stack not in read and store.providers(stack):
                    lines[_without_a_stack(stack, run.stacks.environments, is_shared=True)] = None
        except UsageError:
            continue
    return tuple(lines)


def local_states_without_a_stack(states: Path, stacks: Synthesized) -> tuple[str, ...]:
    """Name the state files with resources that no stack has, each with what to do."""
    return tuple(
        _without_a_stack(path.stem, stacks.environments)
        for path in sorted(states.glob(f"*{SUFFIX}"))
        if path.stem not in stacks.stacks and _has_resources(path)
    )


def _stores(run: Run, environments: Iterable[str], login: Login) -> Iterator[tuple[str, Store]]:
    """Yield what keeps the states of each environment, while this process uses its AWS identity."""
    for environment in environments:
        stack = next(one for one in run.stacks.stacks.values() if one.environment == environment)
        kind, settings = stack.backend
        if kind in _STORES:
            with logged_in(run.commands[environment], login):
                yield environment, _STORES[kind](settings, stack.name)


def _bucket(settings: dict[str, Any], stack: str) -> Store:
    from operations.remaining.s3_store import S3Store  # noqa: PLC0415 - botocore takes time to load

    return S3Store(settings, settings["key"].removesuffix(f"{stack}{SUFFIX}"))


def _organization(settings: dict[str, Any], stack: str) -> Store:
    from operations.hcp.hcp_store import HcpStore  # noqa: PLC0415 - HashiCorp's client takes time to load

    prefix = settings["workspaces"]["name"].removesuffix(stack)
    return HcpStore(settings["hostname"], settings["organization"], prefix)


# What keeps states, by the backend; a local one is read without it.
_STORES: Final[dict[str, Callable[[dict[str, Any], str], Store]]] = {"s3": _bucket, "cloud": _organization}


def _is_asked_for(name: str, stacks: Synthesized) -> bool:
    """Whether a stack is more than one that is yet to be emptied."""
    return name in stacks.stacks and "resource" in stacks.stacks[name].configuration


def _has_resources(path: Path) -> bool:
    try:
        return bool(providers_of(path))
    except ExpectedError:
        return True


def _without_a_stack(stack: str, environments: Collection[str], *, is_shared: bool = False) -> str:
    """Describe such a state; another checkout may have the stack where the store is shared."""
    if any(stack == f"{environment}-{kind}" for environment in environments for kind in STACKS):
        return (
            f"{stack} has a state with resources, and the settings ask for no such stack: no plan sees them. Switch it "
            f"on again, './eks destroy {stack}', then switch it off"
        )
    unless = "Unless another checkout deploys it, bring" if is_shared else "Bring"
    return (
        f"{stack} has a state with resources and no environment: no plan sees them. {unless} its file below "
        "values/environments/ back, from git, and destroy it: './eks destroy'; then remove the file"
    )
