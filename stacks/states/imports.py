"""Turns the imports of an environment into `import` blocks of its stacks, which remote runs read as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResource

from config.core.problems import ConfigurationError, nearest, shown
from config.imports import imports_of, problem_of_import

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from config.core.problems import LocatedProblem
    from stacks.base import EnvironmentStack


def add_import_blocks(stacks: Sequence[EnvironmentStack]) -> None:
    """Write an `import` block for each object that a stack takes over.

    `TerraformResource.import_from` of cdktf 0.21 would run terraform at synthesis.

    Raises:
        ConfigurationError: An import names no resource of its stack, or an object that another one imports.

    """
    problems = list(_unknown_stacks(stacks))
    for stack in stacks:
        wanted = imports_of(stack.environment.name).imports.get(stack.NAME)
        if not wanted:
            continue
        addresses = _addresses(stack)
        found = list(_problems(stack, wanted, addresses))
        problems += found
        if not found:
            stack.add_override("import", [{"to": addresses[path], "id": id_} for path, id_ in wanted.items()])
    if problems:
        raise ConfigurationError(problems)


def _unknown_stacks(stacks: Sequence[EnvironmentStack]) -> Iterator[LocatedProblem]:
    names = [stack.NAME for stack in stacks]
    for environment in dict.fromkeys(stack.environment.name for stack in stacks):
        for name in imports_of(environment).imports:
            if name not in names:
                message = f"there is no such stack; {nearest(name, names)}there are: {', '.join(names)}"
                yield problem_of_import(environment, (name,), message)


def _addresses(stack: EnvironmentStack) -> dict[str, str]:
    """Return the address of each resource by the path of its construct below the stack."""
    return {
        construct.node.path.removeprefix(f"{stack.stack_name}/"): (
            f"{construct.terraform_resource_type}.{construct.friendly_unique_id}"
        )
        for construct in stack.node.find_all()
        if isinstance(construct, TerraformResource)
    }


def _problems(
    stack: EnvironmentStack, wanted: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[LocatedProblem]:
    first: dict[tuple[str, str], str] = {}
    for path, id_ in wanted.items():
        message = None
        if path not in addresses:
            hint = nearest(path, addresses)
            message = f"the stack has no such resource; {hint}remove the line once nothing needs it"
        else:
            earlier = first.setdefault((addresses[path].partition(".")[0], id_), path)
            message = None if earlier == path else f"{shown(id_)} is imported by {earlier} already"
        if message is not None:
            yield problem_of_import(stack.environment.name, (stack.NAME, path), message)
