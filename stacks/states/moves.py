"""Writes `moved` blocks: those of the stacks' own constructs, and those that the environment file asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResource

from config.core.files.yaml_source import read_yaml
from config.core.problems import ConfigurationError, nearest
from config.paths import ENVIRONMENTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from config.core.problems import LocatedProblem
    from constructs.former_address import Move
    from stacks.base import EnvironmentStack


def add_moved_blocks(stacks: Sequence[EnvironmentStack]) -> None:
    """Write a `moved` block for each move of a stack.

    Raises:
        ConfigurationError: A move of the environment file names no stack, or no resource of its stack.

    """
    problems = list(_unknown_stacks(stacks))
    for stack in stacks:
        asked = stack.environment.moved.get(stack.NAME, {})
        if asked:
            problems += _problems(stack, asked)
        moves = [*stack.moves, *_asked_moves(stack, asked)]
        if moves:
            stack.add_override("moved", moves)
    if problems:
        raise ConfigurationError(problems)


def _asked_moves(stack: EnvironmentStack, asked: Mapping[str, str]) -> Iterator[Move]:
    """Yield the moves of the file; a resource that moves already is reached by way of its former address.

    Terraform takes one move to an address, and follows moves of moves.
    """
    resources = _resources(stack) if asked else {}
    for former, address in asked.items():
        moved = resources[address].to_terraform().get("moved") if address in resources else None
        yield {"from": former, "to": moved[0]["from"] if moved else address}


def _resources(stack: EnvironmentStack) -> dict[str, TerraformResource]:
    return {
        f"{construct.terraform_resource_type}.{construct.friendly_unique_id}": construct
        for construct in stack.node.find_all()
        if isinstance(construct, TerraformResource)
    }


def _unknown_stacks(stacks: Sequence[EnvironmentStack]) -> Iterator[LocatedProblem]:
    names = [stack.NAME for stack in stacks]
    for environment in {stack.environment.name: stack.environment for stack in stacks}.values():
        for name in environment.moved:
            if name not in names:
                message = f"there is no such stack; {nearest(name, names)}there are: {', '.join(names)}"
                yield _problem(environment.name, (name,), message)


def _problems(stack: EnvironmentStack, asked: Mapping[str, str]) -> Iterator[LocatedProblem]:
    addresses = _resources(stack)
    for former, address in asked.items():
        if address not in addresses:
            message = f"{address} is no resource of the stack; {nearest(address, addresses)}take an address of the plan"
            yield _problem(stack.environment.name, (stack.NAME, former), message)
        if former in addresses:
            message = "is a resource of the stack still; only what is no longer made can move"
            yield _problem(stack.environment.name, (stack.NAME, former), message)


def _problem(environment: str, location: tuple[str, ...], message: str) -> LocatedProblem:
    path = ENVIRONMENTS / f"{environment}.yaml"
    return read_yaml(path, path.relative_to(ROOT).as_posix()).problem(("moved", *location), message)
