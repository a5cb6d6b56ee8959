"""Former addresses of resources: a `moved` block lets a state that has one of them keep its resources."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cdktf import TerraformResource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

Move = dict[str, str]
"""A `moved` block: `from` and `to` are addresses."""

LONGEST_NAME = 240
HASH_LENGTH = 8


def moved_from(resource: TerraformResource, scope: Construct, *ids: str) -> None:
    """Move what the state has at a path below a scope of the same stack to a resource; a state without it is fine."""
    resource.move_from_id(_address(resource.terraform_resource_type, scope, ids))


def moved_with(construct: Construct, former_id: str) -> None:
    """Move every resource below a construct from where it was when the construct had another id."""
    _, *path = construct.node.path.split("/")
    for resource in construct.node.find_all():
        if isinstance(resource, TerraformResource):
            below = resource.node.path.split("/")[len(path) + 1 :]
            former = resource_name([*path[:-1], former_id, *below])
            resource.move_from_id(f"{resource.terraform_resource_type}.{former}")


def move(type_: str, scope: Construct, former: str, later: str) -> Move:
    """Return a move of a resource of a type between two ids of one scope that are both former ones."""
    return {"from": _address(type_, scope, [former]), "to": _address(type_, scope, [later])}


def _address(type_: str, scope: Construct, ids: Sequence[str]) -> str:
    _, *path = scope.node.path.split("/")
    return f"{type_}.{resource_name([*path, *ids])}"


def resource_name(path: list[str]) -> str:
    """Return the name that cdktf gives to a resource by its path below the stack.

    https://github.com/hashicorp/terraform-cdk/blob/v0.21.0/packages/cdktf/lib/private/unique.ts
    """
    if len(path) == 1:
        return _plain(path[0])
    without_repetition: list[str] = []
    for component in path:
        if not without_repetition or not without_repetition[-1].endswith(component):
            without_repetition.append(component)
    name = "_".join(map(_plain, without_repetition))[:LONGEST_NAME]
    digest = hashlib.md5("/".join(path).encode(), usedforsecurity=False).hexdigest()
    return f"{name}_{digest[:HASH_LENGTH].upper()}"


def _plain(component: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", component)
