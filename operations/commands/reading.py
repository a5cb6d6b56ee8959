"""Commands that only read: what stacks there are, their outputs, pictures and locks."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console

from config.core.errors import UsageError
from config.core.files.written_files import TRACKED, write_whole
from config.paths import ROOT
from operations.console import answer, print_text
from operations.runs.folders import OUTPUT, current_stacks, synthesize_all
from operations.selection import selection
from operations.terraform import state_locks as locks
from operations.terraform import states

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Stack, Synthesized

PAGE = "docs/concepts.md"


def synthesize() -> None:
    """Write the JSON of every stack to cdktf.out, and count their resources."""
    stacks = synthesize_all()
    print_text(f"Terraform JSON in {_shown(OUTPUT / 'stacks')} ('./eks plan' compares it with what exists):")
    for name, stack in sorted(stacks.stacks.items()):
        print_text(f"  {name:24} {_resources(stack):3} resources")


def list_stacks(patterns: tuple[str, ...], environment: str | None, *, as_json: bool) -> None:
    """Print the names, or everything that is known of the stacks as JSON."""
    stacks = current_stacks()
    chosen = selection.select(stacks, environment=environment, patterns=patterns)
    if as_json:
        sys.stdout.write(json.dumps([_described(stack, stacks) for stack in chosen], indent=2) + "\n")
        return
    sys.stdout.write("".join(f"{stack.name}\n" for stack in chosen))


def _described(stack: Stack, stacks: Synthesized) -> dict[str, Any]:
    reads = {stacks.producer_of(stack, source).name: sorted(names) for source, names in stack.outputs_read().items()}
    return {
        "name": stack.name,
        "environment": stack.environment,
        "stack": stack.kind,
        "dependencies": list(stack.dependencies),
        "reads": reads,
        "outputs": sorted(stack.outputs),
        "resources": _resources(stack),
        "backend": stack.backend[0],
        "folder": _shown(stack.folder),
    }


def print_outputs(name: str, output: str | None, *, as_json: bool) -> None:
    """Print what a stack publishes."""
    stacks = current_stacks()
    outputs: dict[str, Any] = _state(selection.one(stacks, name)).get("outputs", {})
    if output is not None:
        if output not in outputs:
            raise UsageError(f"{name} has no output {output}; there are {', '.join(sorted(outputs)) or 'none'}")
        value = outputs[output]["value"]
        sys.stdout.write(f"{value if isinstance(value, str) and not as_json else json.dumps(value)}\n")
    elif as_json:
        values = {key: found["value"] for key, found in outputs.items()}
        sys.stdout.write(json.dumps(values, indent=2, sort_keys=True) + "\n")
    elif not outputs:
        print_text(f"{name} has no outputs yet: ./eks deploy {name}")
    else:
        for key, found in sorted(outputs.items()):
            print_text(f"{key} = {'(sensitive)' if found.get('sensitive') else json.dumps(found['value'])}")


def _state(stack: Stack) -> dict[str, Any]:
    local = states.read_local(stack)
    if local is not None:
        return local
    from operations.aws_login import logged_in
    from operations.commands.work import new_terraform
    from operations.environments.named import environment_named
    from operations.planning.planning import Planner
    from operations.planning.progress import Progress
    from operations.selection.synthesized import Synthesized

    with logged_in(environment_named(stack.environment).commands):
        # Standard output is for what was asked for alone.
        planner = Planner(new_terraform(), Synthesized({stack.name: stack}), Progress(Console(quiet=True)))
        failure = planner.prepare_alone(stack)
        if failure is not None:
            raise UsageError("\n".join(str(found) for found in failure.diagnostics if found.severity != "warning"))
        return planner.state_of(stack)


def draw(environment: str, stack: str | None) -> None:
    """Draw the stacks of an environment and the resources of one stack into docs/, and the flowchart into its page."""
    from operations.drawing.drawing import drawings
    from operations.drawing.graph import with_flowchart

    stacks = current_stacks()
    selection.environment_of(stacks.environments, environment)
    chosen = selection.one(stacks, stack) if stack else _cluster_of(stacks, environment)
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    for path, text in {**drawings(stacks, environment, chosen), PAGE: with_flowchart(page, stacks)}.items():
        write_whole(ROOT / path, text, mode=TRACKED)
        print_text(f"wrote {path}")


def _cluster_of(stacks: Synthesized, environment: str) -> Stack:
    """Choose the stack of an environment to draw: its cluster, or the first where the cluster is not the project's."""
    chosen = selection.select(stacks, environment=environment)
    return next((stack for stack in chosen if stack.kind == "cluster"), chosen[0])


def unlock(name: str, *, auto_approve: bool) -> None:
    """Report who holds the lock of a stack, ask, and release it."""
    from operations.aws_login import logged_in
    from operations.environments.named import environment_named

    stack = selection.one(current_stacks(), name)
    with logged_in(environment_named(stack.environment).commands):
        _unlock(stack, auto_approve=auto_approve)


def _unlock(stack: Stack, *, auto_approve: bool) -> None:
    from operations.commands.work import new_terraform

    name = stack.name
    try:
        lock = locks.held(stack)
    except locks.LockError as problem:
        raise UsageError(f"{name}: {problem}") from problem
    if lock is None:
        print_text(f"{name} is not locked")
        return
    print_text(f"{name} is locked: {lock}")
    if not auto_approve and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("there is no terminal to confirm at: with --auto-approve 'unlock' asks nothing")
    question = (
        "Release it? A command that still works with this state would lose its result. 'yes' or 'y' releases it: "
    )
    if not auto_approve and answer(question) not in ("yes", "y"):
        print_text("Nothing was released.")
        return
    locks.release(stack, lock, new_terraform())
    print_text(f"{name}: released")


def _resources(stack: Stack) -> int:
    return sum(len(named) for named in stack.configuration.get("resource", {}).values())


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
