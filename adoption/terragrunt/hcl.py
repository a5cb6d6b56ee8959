"""Reads what Terragrunt's files say: HCL with the expressions and functions that tell where a state is.

Terragrunt itself knows better and is asked first, where it is installed. What cannot be evaluated here is Unresolved,
with the expression, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<newline>\n)
    |(?P<heredoc><<-?\s*(?P<mark>\w+)\n)
    |(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)|(?P<quote>")
    |(?P<operator>\.\.\.|=>|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:=.,(){}\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_DEEPEST: Final = 60
_EVALUATION_ERRORS: Final = (
    ArithmeticError, AttributeError, LookupError, OSError, RecursionError, StopIteration, TypeError, ValueError,
    re.error,
)  # fmt: skip


class Unresolved(Exception):  # noqa: N818 - not an error of its own: the caller decides
    """Raised where an expression cannot be evaluated here; says which one."""


@dataclass(frozen=True)
class Token:
    """Kind is name, number, text, operator, newline or end; a text is its parts: plain text and expressions."""

    kind: str
    value: Any
    start: int


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

    text: str
    node: Any

    def evaluate(self, scope: Scope) -> Any:  # noqa: ANN401 - any value of HCL
        """Return its value; raises Unresolved."""
        try:
            return _evaluate(self.node, scope)
        except _EVALUATION_ERRORS as error:
            raise Unresolved(" ".join(self.text.split())) from error


@dataclass(frozen=True)
class Scope:
    """What names and functions are in an expression; `names` gives a value by its first name."""

    names: Callable[[str], Any]
    functions: Mapping[str, Callable[..., Any]]


def parse(text: str) -> Body:
    """Return the body of a file; raises Unresolved where it is not understood."""
    try:
        return _Parser(text, 0).body(until="end")
    except RecursionError as error:
        raise Unresolved("nested too deeply") from error


def _tokens(text: str, depth: int) -> list[Token]:
    found = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unresolved(f"{text[position : position + 20]!r} is not understood")
        start, position = position, match.end()
        kind = match.lastgroup
        if kind == "quote":
            parts, position = _template(text, position, '"', depth)
            found.append(Token("text", parts, start))
        elif match["heredoc"]:
            parts, position = _heredoc(text, position, match["mark"], depth)
            found.append(Token("text", parts, start))
        elif kind != "space":
            found.append(Token(str(kind), match[0], start))
    return [*found, Token("end", "", len(text))]


def _heredoc(text: str, position: int, mark: str, depth: int) -> tuple[list[Any], int]:
    end = re.compile(rf"^[ \t]*{mark}[ \t]*$", re.MULTILINE).search(text, position)
    if end is None:
        raise Unresolved(f"<<{mark} is not closed")
    parts, _ = _template(text[position : end.start()] + "\0", 0, "\0", depth, escapes=False)
    return parts, end.end()


def _template(text: str, position: int, close: str, depth: int, *, escapes: bool = True) -> tuple[list[Any], int]:
    parts: list[Any] = []
    plain = ""
    while position < len(text):
        two, one = text[position : position + 2], text[position]
        if one == close:
            return [*parts, plain] if plain or not parts else parts, position + 1
        if text[position : position + 3] in ("$${", "%%{"):
            plain, position = plain + two[0] + "{", position + 3
        elif two == "${":
            end = _end_of_interpolation(text, position + 2)
            inner = text[position + 2 : end].strip("~")
            parts += (
                [plain, Expression(inner, _Parser(inner, depth + 1).whole())]
                if plain
                else [Expression(inner, _Parser(inner, depth + 1).whole())]
            )
            plain, position = "", end + 1
        elif two == "%{":
            raise Unresolved("%{ … }")
        elif one == "\\" and escapes:
            plain, position = plain + _ESCAPES.get(text[position + 1 : position + 2], two), position + 2
        else:
            plain, position = plain + one, position + 1
    raise Unresolved("a text is not closed")


def _end_of_interpolation(text: str, position: int) -> int:
    depth = 0
    while position < len(text):
        one = text[position]
        if one == '"':
            position += 1
            while position < len(text) and text[position] != '"':
                if text[position] == "\\":
                    position += 2
                elif text[position : position + 2] == "${":
                    position = _end_of_interpolation(text, position + 2) + 1
                else:
                    position += 1
        elif one == "{":
            depth += 1
        elif one == "}":
            if depth == 0:
                return position
            depth -= 1
        position += 1
    raise Unresolved("${ is not closed")


_PRECEDENCE: Final = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6
}  # fmt: skip


class _Parser:
    def __init__(self, text: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise Unresolved("nested too deeply")
        self.text = text
        self.tokens = _tokens(text, depth)
        self.position = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self, *values: str) -> bool:
        if self.token.kind in ("operator", "newline", "name") and self.token.value in values:
            self.position += 1
            return True
        return False

    def expect(self, value: str) -> None:
        if not self.take(value):
            raise Unresolved(f"{value} is missing before {self.text[self.token.start :][:20]!r}")

    def skip_lines(self) -> None:
        while self.token.kind == "newline":
            self.position += 1

    def whole(self) -> Any:  # noqa: ANN401 - a node
        self.skip_lines()
        self.nesting = 1
        node = self.expression()
        self.skip_lines()
        if self.token.kind != "end":
            raise Unresolved(self.text)
        return node

    def body(self, until: str) -> Body:
        body = Body()
        while True:
            self.skip_lines()
            if self.token.kind == "end" or self.token.value == "}":
                if (until == "end") != (self.token.kind == "end"):
                    raise Unresolved("a block is not closed, or closed twice")
                return body
            if self.token.kind not in ("name", "text"):
                raise Unresolved(f"{self.text[self.token.start :][:20]!r} is not understood")
            name = self._label()
            if self.take("="):
                body.attributes[name] = self._expression_of_attribute()
                continue
            labels = []
            while self.token.kind in ("name", "text"):
                labels.append(self._label())
            self.expect("{")
            body.blocks.append((name, labels, self.body(until="}")))
            self.expect("}")

    def _label(self) -> str:
        token = self.token
        self.position += 1
        return str(token.value) if token.kind == "name" else "".join(str(part) for part in token.value)

    def _expression_of_attribute(self) -> Expression:
        start = self.token.start
        node = self.expression()
        return Expression(self.text[start : self.token.start], node)

    def expression(self) -> Any:  # noqa: ANN401 - a node
        condition = self._binary(1)
        self._skip_inside()
        if not self.take("?"):
            return condition
        self._skip_inside()
        yes = self.expression()
        self._skip_inside()
        self.expect(":")
        self._skip_inside()
        return ("if", condition, yes, self.expression())

    def _skip_inside(self) -> None:
        if self.nesting:
            self.skip_lines()

    def _binary(self, least: int) -> Any:  # noqa: ANN401 - a node
        left = self._unary()
        while True:
            self._skip_inside()
            operator = self.token.value if self.token.kind == "operator" else ""
            level = _PRECEDENCE.get(operator, 0)
            if level < least:
                return left
            self.position += 1
            self.skip_lines()
            left = ("binary", operator, left, self._binary(level + 1))

    def _unary(self) -> Any:  # noqa: ANN401 - a node
        if self.take("!"):
            return ("not", self._unary())
        if self.take("-"):
            return ("minus", self._unary())
        node = self._primary()
        while True:
            if self.take("."):
                key = self.token
                self.position += 1
                if key.kind not in ("name", "number"):
                    raise Unresolved(self.text)
                node = ("at", node, ("value", int(key.value) if key.kind == "number" else key.value))
            elif self.take("["):
                node = ("at", node, self._inside("]"))
            else:
                return node

    def _inside(self, close: str) -> Any:  # noqa: ANN401 - a node
        self.nesting += 1
        self.skip_lines()
        node = self.expression()
        self.skip_lines()
        self.nesting -= 1
        self.expect(close)
        return node

    def _primary(self) -> Any:  # noqa: ANN401 - a node
        token = self.token
        if self.take("("):
            return self._inside(")")
        if self.take("["):
            return ("list", self._items("]"))
        if self.take("{"):
            return self._object()
        self.position += 1
        if token.kind == "number":
            return ("value", float(token.value) if "." in token.value else int(token.value))
        if token.kind == "text":
            return ("text", token.value)
        if token.kind != "name":
            raise Unresolved(f"{self.text[token.start :][:20]!r} is not understood")
        if token.value in ("true", "false", "null"):
            return ("value", {"true": True, "false": False, "null": None}[token.value])
        if self.take("("):
            return ("call", token.value, self._items(")"))
        return ("name", token.value)

    def _items(self, close: str) -> list[Any]:
        self.nesting += 1
        items = []
        self.skip_lines()
        while not self.take(close):
            if self.token.value == "for" or self.token.kind == "end":
                raise Unresolved(self.text)
            items.append(self.expression())
            if self.take("..."):
                items.append(("spread", items.pop()))
            self.skip_lines()
            if not self.take(","):
                self.skip_lines()
                self.expect(close)
                break
            self.skip_lines()
        self.nesting -= 1
        return items

    def _object(self) -> Any:  # noqa: ANN401 - a node
        self.nesting += 1
        members = []
        self.skip_lines()
        while not self.take("}"):
            key = self.token
            if key.kind == "name" and self.tokens[self.position + 1].value in ("=", ":"):
                self.position += 1
                name: Any = ("value", key.value)
            else:
                name = self.expression()
            if not self.take("=", ":"):
                raise Unresolved(self.text)
            # A value ends with its line, unless it is inside brackets of its own.
            self.nesting, outer = 0, self.nesting
            members.append((name, self.expression()))
            self.nesting = outer
            if not self.take(","):
                self.skip_lines()
            self.skip_lines()
            if self.token.kind == "end":
                raise Unresolved(self.text)
        self.nesting -= 1
        return ("object", members)


def _evaluate(node: Any, scope: Scope) -> Any:  # noqa: ANN401, C901 - one case a node
    kind = node[0]
    if kind == "value":
        return node[1]
    if kind == "text":
        return _text(node[1], scope)
    if kind == "name":
        return scope.names(node[1])
    if kind == "list":
        return [_evaluate(one, scope) for one in node[1]]
    if kind == "object":
        return {str(_evaluate(key, scope)): _evaluate(value, scope) for key, value in node[1]}
    if kind == "at":
        return _evaluate(node[1], scope)[_evaluate(node[2], scope)]
    if kind == "if":
        return _evaluate(node[2] if _evaluate(node[1], scope) else node[3], scope)
    if kind == "not":
        return not _evaluate(node[1], scope)
    if kind == "minus":
        return -_evaluate(node[1], scope)
    if kind == "binary":
        return _binary(node[1], node[2], node[3], scope)
    if kind == "call":
        return _call(node[1], node[2], scope)
    raise Unresolved(str(kind))


def _text(parts: list[Any], scope: Scope) -> Any:  # noqa: ANN401 - a text that is one expression has its value
    values = [part if isinstance(part, str) else part.evaluate(scope) for part in parts]
    if len(values) == 1:
        return values[0]
    if any(isinstance(value, dict | list) or value is None for value in values):
        raise TypeError("not a text")
    return "".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def _binary(operator: str, left: Any, right: Any, scope: Scope) -> Any:  # noqa: ANN401 - values of HCL
    one = _evaluate(left, scope)
    if operator in ("&&", "||"):
        return bool(one) and bool(_evaluate(right, scope)) if operator == "&&" else bool(one or _evaluate(right, scope))
    other = _evaluate(right, scope)
    return {
        "==": lambda: one == other, "!=": lambda: one != other, "<": lambda: one < other, ">": lambda: one > other,
        "<=": lambda: one <= other, ">=": lambda: one >= other, "+": lambda: one + other, "-": lambda: one - other,
        "*": lambda: one * other, "/": lambda: one / other, "%": lambda: one % other,
    }[operator]()  # fmt: skip


def _call(name: str, arguments: list[Any], scope: Scope) -> Any:  # noqa: ANN401 - any value of HCL
    if name == "try":
        for one in arguments[:-1]:
            try:
                return _evaluate(one, scope)
            except (Unresolved, *_EVALUATION_ERRORS):
                continue
        return _evaluate(arguments[-1], scope)
    if name not in scope.functions:
        raise Unresolved(f"{name}(…)")
    values: list[Any] = []
    for one in arguments:
        if one[0] == "spread":
            values += _evaluate(one[1], scope)
        else:
            values.append(_evaluate(one, scope))
    return scope.functions[name](*values)
