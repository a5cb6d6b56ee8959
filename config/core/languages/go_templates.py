"""Checks Go templates before the program that expands them does: actions, blocks, pipelines, functions, variables.

A parser of the grammar of https://pkg.go.dev/text/template, as far as parsing goes: fields and types are unknown before
it runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from config.core.problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# https://pkg.go.dev/text/template#hdr-Functions
BUILT_IN: Final = frozenset((
    "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery",
    "eq", "ne", "lt", "le", "gt", "ge",
))  # fmt: skip
_TOKEN: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<string>"(?:[^"\\\n]|\\.)*" | `[^`]*`)
    | (?P<character>'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.))')
    | (?P<number>[-+]?(?:
          0[xX](?:_?[0-9a-fA-F])+ | 0[oObB](?:_?[0-7])+
        | (?:[0-9](?:_?[0-9])*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?
      )i?)(?!\w)
    | (?P<declare>:=)
    | (?P<assign>=)
    | (?P<variable>\$\w*)
    | (?P<field>\.[^\W\d]\w*)
    | (?P<dot>\.)
    | (?P<word>[^\W\d]\w*)
    | (?P<pipe>\|)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<comma>,)
    """,
    re.VERBOSE,
)
_COMMENT: Final = re.compile(r"(?:-[ \t\r\n])?/\*.*?\*/(?:[ \t\r\n]-)?\}\}", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:[abfnrtv\\\"']|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})")
_OPERANDS: Final = ("string", "character", "number", "variable", "field", "dot", "word", "open")
# After these, a field without a space before it is a field of theirs.
_ENDS: Final = (*(kind for kind in _OPERANDS if kind != "open"), "close", "chain")
_LITERALS: Final = ("string", "character", "number", "dot")
_CONSTANTS: Final = frozenset(("true", "false", "nil"))
_BLOCKS: Final = frozenset(("if", "with", "range", "block", "define"))


class TemplateError(ValueError):
    """Raised with what is wrong and the line of the template, counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line: Final = line


class _Token(NamedTuple):
    kind: str
    text: str


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
    """Check a template that may use these functions and variables (with `$`) beside what Go has.

    Raises:
        TemplateError: A Go program would refuse to parse it.

    """
    parser = _Parser(frozenset(functions) | BUILT_IN, ["$", *variables])
    for line, action in _actions(text):
        parser.take(line, action)
    return parser.finish()


def _actions(text: str) -> Iterator[tuple[int, str]]:
    position = 0
    while (start := text.find("{{", position)) >= 0:
        line = text.count("\n", 0, start) + 1
        inside = start + 2
        comment = _COMMENT.match(text, inside)
        if comment is not None:
            position = comment.end()
            continue
        if re.match(r"(?:-[ \t\r\n])?/\*", text[inside:]):
            raise TemplateError(line, "a comment {{/* … */}} is not closed, or has something beside it")
        end = _end_of_action(text, inside, line)
        yield line, _trimmed(text[inside:end])
        position = end + 2


def _trimmed(action: str) -> str:
    """Return an action without its trim markers, which stand apart by white space."""
    if re.match(r"-[ \t\r\n]", action):
        action = action[1:]
    return action[:-1] if re.search(r"[ \t\r\n]-\Z", action) else action


def _end_of_action(text: str, position: int, line: int) -> int:
    """Return where `}}` closes an action; in quotes it does not."""
    while position < len(text):
        if text.startswith("}}", position):
            return position
        letter = text[position]
        if letter in "\"'`":
            closing = re.compile(r"`[^`]*`" if letter == "`" else rf"{letter}(?:[^{letter}\\\n]|\\.)*{letter}")
            quoted = closing.match(text, position)
            if quoted is None:
                raise TemplateError(line, f"a quote {letter} in an action is not closed")
            position = quoted.end()
        else:
            position += 1
    raise TemplateError(line, "an action {{ is not closed by }}")


class _Parser:
    """Follows the actions of a template with the blocks that are open and the variables that are known."""

    def __init__(self, functions: frozenset[str], variables: list[str]) -> None:
        self.functions = functions
        self.variables = variables
        self.blocks: list[_Block] = []
        self.template = Template()
        self.line = 1
        self.tokens: list[_Token] = []

    def take(self, line: int, action: str) -> None:
        """Check one action."""
        self.line = line
        self.tokens = list(self._tokens(action))
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

    def _tokens(self, action: str) -> Iterator[_Token]:
        position, kind = 0, "space"
        while position < len(action):
            found = _TOKEN.match(action, position)
            if found is None:
                if action.startswith("/*", position):
                    raise self._error("a comment is alone in its action: {{/* … */}}")
                raise self._error(f"unexpected {shown(action[position])} in an action")
            before, kind = kind, str(found.lastgroup)
            self._check_neighbours(before, kind, found[0])
            if kind == "string" and found[0][0] == '"':
                self._check_escapes(found[0])
            if kind != "space":
                # A field after a space is an argument; after an operand it is a field of that.
                yield _Token("chain" if kind == "field" and before in _ENDS else kind, found[0])
            position = found.end()

    def _check_neighbours(self, before: str, kind: str, text: str) -> None:
        if kind in _OPERANDS and kind != "field" and before in _ENDS:
            raise self._error(f"a space is missing before {shown(text)}")

    def _check_escapes(self, text: str) -> None:
        inside = _ESCAPE.sub("", text[1:-1])
        self._need("\\" not in inside, f"{shown(text)} has an escape that Go does not know")

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
        self._need(block.keyword in ("if", "with", "range"), f"{{{{else}}}} does not go with {{{{{block.keyword}}}}}")
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

    def _pipeline(self, tokens: list[_Token], *, declares: int) -> None:
        """Check a pipeline with at most so many variables that it declares or sets."""
        new, tokens = self._declaration(tokens, declares)
        position = self._commands(tokens, 0)
        self._need(
            position == len(tokens), f"unexpected {shown(tokens[position].text) if position < len(tokens) else ''}"
        )
        self.variables.extend(new)

    def _declaration(self, tokens: list[_Token], declares: int) -> tuple[list[str], list[_Token]]:
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

    def _commands(self, tokens: list[_Token], position: int) -> int:
        """Check commands up to the end or an unopened `)`, and return where that is."""
        is_first = True
        while True:
            start = position
            while position < len(tokens) and tokens[position].kind not in ("pipe", "close"):
                position = self._operand(tokens, position)
            self._need(position > start, "a value is missing")
            is_constant = tokens[start].kind in _LITERALS or tokens[start].text in _CONSTANTS
            self._need(is_first or not is_constant, f"{shown(tokens[start].text)} after | is no function")
            self._need(tokens[start].text != "nil" or position > start + 1, "nil is no command")
            if position == len(tokens) or tokens[position].kind == "close":
                return position
            position += 1
            is_first = False

    def _operand(self, tokens: list[_Token], position: int) -> int:
        token = tokens[position]
        self._need(token.kind in _OPERANDS, f"unexpected {shown(token.text)}")
        if token.kind == "variable":
            self._known(token.text)
        elif token.kind == "word" and token.text not in _CONSTANTS:
            self._need(token.text in self.functions, f"there is no function {shown(token.text)}")
        elif token.kind == "open":
            position = self._commands(tokens, position + 1)
            self._need(position < len(tokens), "a parenthesis ( is not closed")
        position += 1
        while position < len(tokens) and tokens[position].kind == "chain":
            is_constant = token.kind in _LITERALS or token.text in _CONSTANTS
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
