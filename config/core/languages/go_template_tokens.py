"""The actions `{{ … }}` of a Go template and the tokens in them: https://pkg.go.dev/text/template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from config.core.problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

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
OPERANDS: Final = ("string", "character", "number", "variable", "field", "dot", "word", "open")
# After these, a field without a space before it is a field of theirs.
_ENDS: Final = (*(kind for kind in OPERANDS if kind != "open"), "close", "chain")
LITERALS: Final = ("string", "character", "number", "dot")


class TemplateError(ValueError):
    """Raised with what is wrong and the line of the template, counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line: Final = line


class Token(NamedTuple):
    """A token by its kind: a group of `_TOKEN`, or `chain` for a field of what stands before it."""

    kind: str
    text: str


def actions_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each action, without comments and trim markers.

    Raises:
        TemplateError: One is not closed.

    """
    position = 0
    while (start := text.find("{{", position)) >= 0:
        line = text.count("\n", 0, start) + 1
        inside = start + 2
        comment = _COMMENT.match(text, inside)
        if comment is not None:
            position = comment.end()
            continue
        if re.match(r"(?:-[ \t\r\n])?/\*", text[inside:]):
            raise TemplateError(line, "a comment {{/* … */}} is not closed, or has other text in the same action")
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


def tokens_of(action: str, line: int) -> Iterator[Token]:
    """Yield the tokens of an action that stands on this line.

    Raises:
        TemplateError: Something in it is no token, or touches what it has to stand apart from.

    """
    position, kind = 0, "space"
    while position < len(action):
        found = _TOKEN.match(action, position)
        if found is None:
            if action.startswith("/*", position):
                raise TemplateError(line, "a comment is alone in its action: {{/* … */}}")
            raise TemplateError(line, f"unexpected {shown(action[position])} in an action")
        before, kind = kind, str(found.lastgroup)
        if kind in OPERANDS and kind != "field" and before in _ENDS:
            raise TemplateError(line, f"a space is missing before {shown(found[0])}")
        if kind == "string" and found[0][0] == '"' and "\\" in _ESCAPE.sub("", found[0][1:-1]):
            raise TemplateError(line, f"{shown(found[0])} has an escape that Go does not know")
        if kind != "space":
            # A field after a space is an argument; after an operand it is a field of that.
            yield Token("chain" if kind == "field" and before in _ENDS else kind, found[0])
        position = found.end()
