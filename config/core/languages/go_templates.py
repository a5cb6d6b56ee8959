"""Checks Go templates before the program that expands them does: actions, blocks, pipelines, functions, variables.

A parser of the grammar of https://pkg.go.dev/text/template, as far as parsing goes: fields and types are unknown before
it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from config.core.languages.go_template_tokens import LITERALS, OPERANDS, TemplateError, Token, actions_of, tokens_of
from config.core.problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

# https://pkg.go.dev/text/template#hdr-Functions
BUILT_IN: Final = frozenset((
    "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery",
    "eq", "ne", "lt", "le", "gt", "ge",
))  # fmt: skip
_CONSTANTS: Final = frozenset(("true", "false", "nil"))
_BLOCKS: Final = frozenset(("if", "with", "range", "block", "define"))


@dataclass
class _Block:
    keyword: str
    line: int
    variables: list[str]
    has_else: bool = False


@dataclass
class Template:
    """What a parsed text defines and uses, so that several files can be checked together."""

    defined: set[str] = field(default_factory=set)
    used: dict[str, int] = field(default_factory=dict)


def parse_template(text: str, functions: Iterable[str], variables: Iterable[str] = ()) -> Template:
    """Check a template that may use these functions and variables (with `$`) in addition to what Go has.

    Raises:
        TemplateError: A Go program would refuse to parse it.

    """
    parser = _Parser(frozenset(functions) | BUILT_IN, ["$", *variables])
    for line, action in actions_of(text):
        parser.take(line, action)
    return parser.finish()


class _Parser:
    """Follows the actions of a template with the blocks that are open and the variables that are known."""

    def __init__(self, functions: frozenset[str], variables: list[str]) -> None:
        self.functions = functions
        self.variables = variables
        self.blocks: list[_Block] = []
        self.template = Template()
        self.line = 1
        self.tokens: list[Token] = []

    def take(self, line: int, action: str) -> None:
        """Check one action."""
        self.line = line
        self.tokens = list(tokens_of(action, line))
        if not self.tokens:
            raise self._error("an action {{ }} is empty")
        keyword = self.tokens[0].text if self.tokens[0].kind == "word" else ""
        if keyword in _BLOCKS:
            self._open(keyword)
        elif keyword == "else":
            self._else()
        elif keyword == "end":
            self._end()
        elif keyword in ("break", "continue"):
            self._need(len(self.tokens) == 1, f"{{{{{keyword}}}}} takes nothing more")
            self._need(
                any(block.keyword == "range" for block in self.blocks), f"{{{{{keyword}}}}} is outside of a range"
            )
        elif keyword == "template":
            self._call()
        else:
            self._pipeline(self.tokens, declares=1)

    def finish(self) -> Template:
        """Return what was found; every block has to be closed.

        Raises:
            TemplateError: One is not.

        """
        if self.blocks:
            raise TemplateError(self.blocks[-1].line, f"{{{{{self.blocks[-1].keyword}}}}} has no {{{{end}}}}")
        return self.template

    def _open(self, keyword: str) -> None:
        block = _Block(keyword, self.line, list(self.variables))
        rest = self.tokens[1:]
        if keyword == "define":
            self._need(not self.blocks, "{{define}} stands inside of another block")
            self._need(len(rest) == 1 and rest[0].kind == "string", '{{define}} needs a name: {{define "name"}}')
            self.template.defined.add(_unquoted(rest[0].text))
        elif keyword == "block":
            self._need(
                bool(rest) and rest[0].kind == "string", '{{block}} needs a name and a value: {{block "name" .}}'
            )
            self.template.defined.add(_unquoted(rest[0].text))
            self._pipeline(rest[1:], declares=0)
        else:
            self._need(bool(rest), f"{{{{{keyword}}}}} needs a value")
            self._pipeline(rest, declares=2 if keyword == "range" else 1)
        if keyword in ("define", "block"):
            self.variables = ["$"]
        self.blocks.append(block)

    def _else(self) -> None:
        self._need(bool(self.blocks), "{{else}} has no block")
        block = self.blocks[-1]
        self._need(block.keyword in ("if", "with", "range"), f"{{{{else}}}} is not allowed in {{{{{block.keyword}}}}}")
        self._need(not block.has_else, f"{{{{{block.keyword}}}}} has a second {{{{else}}}}")
        self.variables = list(block.variables)
        rest = self.tokens[1:]
        if not rest:
            block.has_else = True
            return
        self._need(
            rest[0].text == block.keyword and block.keyword in ("if", "with"),
            "{{else}} takes nothing more, or `if` within an if, `with` within a with",
        )
        self._need(len(rest) > 1, f"{{{{else {rest[0].text}}}}} needs a value")
        self._pipeline(rest[1:], declares=1)

    def _end(self) -> None:
        self._need(len(self.tokens) == 1, "{{end}} takes nothing more")
        self._need(bool(self.blocks), "{{end}} closes nothing")
        self.variables = self.blocks.pop().variables

    def _call(self) -> None:
        rest = self.tokens[1:]
        self._need(bool(rest) and rest[0].kind == "string", '{{template}} needs a name: {{template "name" .}}')
        self.template.used.setdefault(_unquoted(rest[0].text), self.line)
        if len(rest) > 1:
            self._pipeline(rest[1:], declares=0)

    def _pipeline(self, tokens: list[Token], *, declares: int) -> None:
        """Check a pipeline with at most so many variables that it declares or sets."""
        new, tokens = self._declaration(tokens, declares)
        position = self._commands(tokens, 0)
        self._need(
            position == len(tokens), f"unexpected {shown(tokens[position].text) if position < len(tokens) else ''}"
        )
        self.variables.extend(new)

    def _declaration(self, tokens: list[Token], declares: int) -> tuple[list[str], list[Token]]:
        sign = next((at for at, token in enumerate(tokens) if token.kind in ("declare", "assign")), None)
        if sign is None:
            return [], tokens
        names = [token for token in tokens[:sign] if token.kind != "comma"]
        commas = sign - len(names)
        fits = all(name.kind == "variable" for name in names) and 1 <= len(names) <= declares
        self._need(
            fits and commas == len(names) - 1, f"{shown(tokens[sign].text)} has no variable before it that it can set"
        )
        if tokens[sign].kind == "declare":
            return [name.text for name in names], tokens[sign + 1 :]
        for name in names:
            self._known(name.text)
        return [], tokens[sign + 1 :]

    def _commands(self, tokens: list[Token], position: int) -> int:
        """Check commands up to the end or an unopened `)`, and return where that is."""
        is_first = True
        while True:
            start = position
            while position < len(tokens) and tokens[position].kind not in ("pipe", "close"):
                position = self._operand(tokens, position)
            self._need(position > start, "a value is missing")
            is_constant = tokens[start].kind in LITERALS or tokens[start].text in _CONSTANTS
            self._need(is_first or not is_constant, f"{shown(tokens[start].text)} after | is no function")
            self._need(tokens[start].text != "nil" or position > start + 1, "nil is no command")
            if position == len(tokens) or tokens[position].kind == "close":
                return position
            position += 1
            is_first = False

    def _operand(self, tokens: list[Token], position: int) -> int:
        token = tokens[position]
        self._need(token.kind in OPERANDS, f"unexpected {shown(token.text)}")
        if token.kind == "variable":
            self._known(token.text)
        elif token.kind == "word" and token.text not in _CONSTANTS:
            self._need(token.text in self.functions, f"there is no function {shown(token.text)}")
        elif token.kind == "open":
            position = self._commands(tokens, position + 1)
            self._need(position < len(tokens), "a parenthesis ( is not closed")
        position += 1
        while position < len(tokens) and tokens[position].kind == "chain":
            is_constant = token.kind in LITERALS or token.text in _CONSTANTS
            self._need(not is_constant, f"{shown(token.text)} has no field {shown(tokens[position].text)}")
            position += 1
        return position

    def _known(self, variable: str) -> None:
        self._need(variable in self.variables, f"there is no variable {shown(variable)}")

    def _need(self, holds: bool, message: str) -> None:  # noqa: FBT001 (like an assertion)
        if not holds:
            raise self._error(message)

    def _error(self, message: str) -> TemplateError:
        return TemplateError(self.line, message)


def _unquoted(text: str) -> str:
    return text[1:-1]
