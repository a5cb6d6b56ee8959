"""Reads what files of Terragrunt and Terraform say: HCL, parsed by python-hcl2.

Expressions are evaluated when they are asked for: one that cannot be is no matter where nothing needs it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adoption.terragrunt.expressions import evaluate
from adoption.terragrunt.trees import inner, tree_of

if TYPE_CHECKING:
    from lark import Tree

    from adoption.terragrunt.expressions import Scope


@dataclass
class Body:
    """Attributes as expressions, and blocks by type, each with its labels."""

    attributes: dict[str, Expression] = field(default_factory=dict)
    blocks: list[tuple[str, list[str], Body]] = field(default_factory=list)

    def all(self, type_: str) -> list[tuple[list[str], Body]]:
        """Return the blocks of a type."""
        return [(labels, body) for name, labels, body in self.blocks if name == type_]


@dataclass(frozen=True)
class Expression:
    """An expression that was read and not evaluated yet."""

    source: str
    tree: Tree[Any]

    def evaluate(self, scope: Scope) -> Any:  # noqa: ANN401 - any value of HCL
        """Return its value; raises Unresolved."""
        return evaluate(self.tree, scope, self.source)


def parse(text: str) -> Body:
    """Return the body of a file; raises Unresolved where it is no HCL."""
    text = text.removeprefix("\ufeff")
    return _body(tree_of(text), text)


def _body(tree: Tree[Any], text: str) -> Body:
    body = Body()
    for member in inner(tree):
        if member.data == "attribute":
            name, value = inner(member)
            body.attributes[_name(name)] = Expression(text, value)
        else:
            type_, *labels, content = inner(member)
            body.blocks.append((_name(type_), [_name(label) for label in labels], _body(content, text)))
    return body


def _name(tree: Tree[Any]) -> str:
    return "".join(str(token) for token in tree.scan_values(lambda _: True)).strip('"')
