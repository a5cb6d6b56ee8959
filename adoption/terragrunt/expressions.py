"""Evaluates expressions of HCL by the trees of python-hcl2; what cannot be evaluated is Unresolved, never a guess.

Terragrunt itself knows better and is asked first, where it is installed.
"""

from __future__ import annotations

import json
import operator
import re
from dataclasses import dataclass, replace
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final

from lark import Token, Tree

from adoption.terragrunt.trees import Unresolved, inner, token, tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ERRORS: Final = (
    ArithmeticError, AttributeError, LookupError, OSError, RecursionError, StopIteration, TypeError, ValueError,
    re.error,
)  # fmt: skip
_LITERALS: Final = {"true": True, "false": False, "null": None}
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
}  # fmt: skip
_HEREDOC: Final = re.compile(r"<<-?\s*\S+\r?\n(.*?)[ \t]*\S+\s*", re.DOTALL)


@dataclass(frozen=True)
class Scope:
    """What names and functions are in an expression; `names` gives a value by its first name."""

    names: Callable[[str], Any]
    functions: Mapping[str, Callable[..., Any]]


def evaluate(tree: Tree[Any], scope: Scope, source: str) -> Any:  # noqa: ANN401 - any value of HCL
    """Return the value of an expression of a source; raises Unresolved with its text."""
    return _Evaluation(scope, source).whole(tree)


@dataclass(frozen=True)
class _Evaluation:
    """Has a method for each rule of the grammar: https://github.com/amplify-education/python-hcl2."""

    scope: Scope
    source: str

    def whole(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        try:
            return self.of(tree)
        except _ERRORS as error:
            text = self.source[tree.meta.start_pos : tree.meta.end_pos]
            raise Unresolved(" ".join(text.split())) from error

    def of(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        rule = getattr(self, f"_{tree.data}", None)
        if rule is None:
            raise Unresolved(str(tree.data))
        return rule(tree)

    def _expr_term(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        return self.of(inner(tree)[0])

    def _identifier(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        return self.scope.names(token(tree))

    def _literal_value(self, tree: Tree[Any]) -> bool | None:
        return _LITERALS[token(tree)]

    def _int_lit(self, tree: Tree[Any]) -> int:
        return int(token(tree))

    def _float_lit(self, tree: Tree[Any]) -> float:
        return float(token(tree))

    def _string(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - a text that is one expression has its value
        parts = []
        for part in inner(tree):
            content = part.children[0]
            if isinstance(content, Token):
                is_plain = content.type == "STRING_CHARS"
                parts.append(_unescaped(str(content)) if is_plain else str(content)[1:])
            elif content.data == "interpolation":
                parts.append(self.whole(inner(content)[0]))
            else:
                raise Unresolved("%{ … }")
        return _joined(parts)

    def _heredoc_template(self, tree: Tree[Any]) -> str:
        return self._template(_heredoc(tree))

    def _heredoc_template_trim(self, tree: Tree[Any]) -> str:
        return self._template(dedent(_heredoc(tree)))

    def _template(self, text: str) -> str:
        """Evaluate what the grammar leaves as text."""
        parts: list[Any] = []
        position = 0
        for found in re.finditer(r"\$\$\{|%%\{|%\{|\$\{", text):
            if found.start() < position:
                continue
            parts.append(text[position : found.start()])
            if found[0] == "%{":
                raise Unresolved("%{ … }")
            if found[0] == "${":
                source, tree, position = _interpolation(text, found.end())
                parts.append(replace(self, source=source).whole(tree))
            else:
                parts.append(found[0][1:])
                position = found.end()
        return str(_joined([*parts, text[position:], ""]))

    def _tuple(self, tree: Tree[Any]) -> list[Any]:
        return [self.of(one) for one in inner(tree)]

    def _object(self, tree: Tree[Any]) -> dict[str, Any]:
        members = [inner(member) for member in inner(tree)]
        return {str(self._key(key)): self.of(value) for key, value in members}

    def _key(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        (content,) = inner(tree)
        is_bare = content.data == "expr_term" and len(content.children) == 1
        name = inner(content)[0] if is_bare else content
        return token(name) if name.data in ("identifier", "keyword", "literal_value") else self.of(content)

    def _function_call(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        names = [token(one) for one in inner(tree) if one.data == "identifier"]
        lists = [one for one in inner(tree) if one.data == "arguments"]
        name, arguments = "::".join(names), [one for found in lists for one in inner(found)]
        if name in ("try", "can"):
            return self._tried(name, arguments)
        if name not in self.scope.functions:
            raise Unresolved(f"{name}(…)")
        values = [self.of(one) for one in arguments]
        if lists and any(isinstance(one, Token) and one.type == "ELLIPSIS" for one in lists[0].children):
            values += values.pop()
        return self.scope.functions[name](*values)

    def _tried(self, name: str, arguments: list[Tree[Any]]) -> Any:  # noqa: ANN401 - any value of HCL
        for one in arguments:
            try:
                value = self.of(one)
            except (Unresolved, *_ERRORS):
                continue
            return True if name == "can" else value
        if name == "can":
            return False
        raise ValueError(name)

    def _index_expr_term(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        value, index = inner(tree)
        return self._step(self.of(value), index)

    _get_attr_expr_term = _index_expr_term

    def _step(self, value: Any, step: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        if step.data == "get_attr":
            return value[token(inner(step)[0])]
        return value[self.of(inner(step)[0]) if step.data == "braces_index" else int(str(step.children[-1]))]

    def _full_splat_expr_term(self, tree: Tree[Any]) -> list[Any]:
        value, splat = inner(tree)
        items = self.of(value)
        items = items if isinstance(items, list) else [] if items is None else [items]
        for step in inner(splat):
            items = [self._step(item, step) for item in items]
        return items

    _attr_splat_expr_term = _full_splat_expr_term

    def _conditional(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        condition, yes, no = inner(tree)
        return self.of(yes if self.of(condition) else no)

    def _binary_op(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        left, term = inner(tree)
        symbol, right = inner(term)
        name, one = token(symbol), self.of(left)
        if name in ("&&", "||"):
            return bool(one and self.of(right)) if name == "&&" else bool(one or self.of(right))
        return _OPERATORS[name](one, self.of(right))

    def _unary_op(self, tree: Tree[Any]) -> Any:  # noqa: ANN401 - any value of HCL
        value = self.of(inner(tree)[0])
        return -value if str(tree.children[0]) == "-" else not value

    def _for_tuple_expr(self, tree: Tree[Any]) -> list[Any]:
        _, value = inner(tree)[:2]
        return [each.of(value) for each in self._each(tree)]

    def _for_object_expr(self, tree: Tree[Any]) -> dict[str, Any]:
        _, key, value = inner(tree)[:3]
        found: dict[str, Any] = {}
        is_grouped = any(isinstance(one, Token) and one.type == "ELLIPSIS" for one in tree.children)
        for each in self._each(tree):
            name = str(each.of(key))
            found[name] = [*found.get(name, []), each.of(value)] if is_grouped else each.of(value)
        return found

    def _each(self, tree: Tree[Any]) -> Iterator[_Evaluation]:
        intro = inner(tree)[0]
        *names, collection = inner(intro)
        conditions = [inner(one)[0] for one in inner(tree) if one.data == "for_cond"]
        values = self.of(collection)
        for pair in values.items() if isinstance(values, dict) else enumerate(values):
            given = dict(zip(map(token, names), pair if len(names) > 1 else pair[1:], strict=True))
            each = replace(self, scope=_with_names(self.scope, given))
            if all(each.of(condition) for condition in conditions):
                yield each


def _with_names(scope: Scope, given: Mapping[str, Any]) -> Scope:
    return replace(scope, names=lambda name: given[name] if name in given else scope.names(name))


def _unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"', strict=False))


def _joined(parts: list[Any]) -> Any:  # noqa: ANN401 - any value of HCL
    if len(parts) == 1:
        return parts[0]
    if any(isinstance(part, dict | list) or part is None for part in parts):
        raise TypeError("not a text")
    return "".join(str(part).lower() if isinstance(part, bool) else str(part) for part in parts)


def _heredoc(tree: Tree[Any]) -> str:
    found = _HEREDOC.fullmatch(token(tree))
    if found is None:
        raise ValueError("heredoc")
    return found[1]


def _interpolation(text: str, position: int) -> tuple[str, Tree[Any], int]:
    """Return the expression from a position to the brace that closes it, as a source and a tree, and where it ends."""
    for brace in re.finditer(r"\}", text[position:]):
        end = position + brace.start()
        source = f"x = {text[position:end].strip('~')}\n"
        try:
            return source, inner(inner(tree_of(source))[0])[1], end + 1
        except Unresolved:
            continue
    raise Unresolved("${ is not closed")
