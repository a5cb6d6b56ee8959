"""The trees that python-hcl2 makes of HCL."""

from __future__ import annotations

from typing import Any

from lark import Tree
from lark.exceptions import LarkError


class Unresolved(Exception):  # noqa: N818 - not an error of its own: the caller decides
    """Raised where an expression cannot be evaluated here; says which one."""


def tree_of(text: str) -> Tree[Any]:
    """Return the tree of a file's body; raises Unresolved where it is no HCL."""
    from hcl2 import parses_to_tree  # noqa: PLC0415 - few layouts need it, and it takes a tenth of a second

    try:
        return inner(parses_to_tree(text if text.endswith("\n") else f"{text}\n"))[0]
    except (LarkError, RecursionError) as error:
        line = getattr(error, "line", None)
        raise Unresolved(f"no HCL{f', line {line}' if line else ''}") from error


def inner(tree: Tree[Any]) -> list[Tree[Any]]:
    """Return what a tree is made of, without punctuation, line ends and comments."""
    return [one for one in tree.children if isinstance(one, Tree) and one.data != "new_line_or_comment"]


def token(tree: Tree[Any]) -> str:
    """Return the text of a tree that is one token."""
    return str(tree.children[0])
