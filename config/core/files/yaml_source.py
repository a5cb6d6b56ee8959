"""Reads a YAML file with the line of every key and value, and refuses what readers of YAML understand differently.

Settings are text, numbers, booleans, lists and mappings with text keys. What YAML has beyond that (tags, merge keys,
several documents) and what YAML 1.1 and 1.2 read differently (`no`, `012`, `1_000`, `1:30`) is a problem with its
line, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from config.core.files.text_files import MOST_BYTES, UnreadableError, complaint_about_text, read_text
from config.core.files.tokens import complaint_about_tokens
from config.core.files.yaml_nodes import VALUE_WEIGHT, Document, Entry, Node
from config.core.files.yaml_scalars import resolved
from config.core.problems import MOST_PROBLEMS, LocatedProblem, shown, shown_path

if TYPE_CHECKING:
    from pathlib import Path

    import yaml

DEEPEST_NESTING: Final = 64
MOST_WEIGHT: Final = 4 * MOST_BYTES  # in the units of `yaml_nodes.VALUE_WEIGHT`
# What the parser says, and what a person does about it; the first that fits counts.
_SYNTAX_MESSAGES: Final = (
    ("unexpected end of stream", "a quote that opens here is never closed"),
    ("unexpected document indicator", "a quote that opens here is never closed"),
    ("expected ',' or ']'", "a list in [ ] that opens here is not closed, or lacks a comma"),
    ("expected ',' or '}'", "a mapping in { } that opens here is not closed, or lacks a comma"),
    ("mapping values are not allowed", "a `:` stands where none fits; put the text in quotes or fix the indentation"),
    ("could not find expected ':'", "a key lacks its `:`; add it, or fix the indentation"),
    ("expected '-' indicator", "this list has a line that is no item; add the `-`, or fix the indentation"),
    ("did not find expected key", "the indentation does not fit the lines above"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("sequence entries are not allowed", "a list item `-` stands where none fits; fix the indentation"),
    ("unknown escape character", "an unknown escape after \\ in double quotes; write \\\\ or use single quotes"),
    ("cannot start any token", "a character that no text may start with; put the text in quotes"),
)
# The parser notices these where the text goes wrong; a person looks where it began.
_SAID_OF_THE_BEGINNING: Final = ("unexpected end of stream", "document indicator", "expected ',' or")


def read_yaml(path: Path, file: str) -> Document:
    """Read a file that its problems call `file`; a file that cannot be read gives a document that says why."""
    try:
        text = read_text(path)
    except UnreadableError as error:
        return Document(file, None, [LocatedProblem(file, error.line, error.path, error.message)])
    return parse_yaml(text, file)


def parse_yaml(text: str, file: str) -> Document:
    """Read a text as `read_yaml` reads that of a file."""
    found: list[LocatedProblem] = []
    try:
        return _Reader(file, text, found).read()
    except UnreadableError as error:
        return Document(file, None, [*found, LocatedProblem(file, error.line, error.path, error.message)])


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being read."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_line: int = 0
    is_key_kept: bool = True


class _Reader:
    """Turns the parser's events into nodes; a stack of its own, so that no depth of nesting exhausts Python's."""

    def __init__(self, file: str, text: str, problems: list[LocatedProblem]) -> None:
        import yaml  # noqa: PLC0415 (8 ms that only readers of files pay)

        self.yaml = yaml
        self.document = Document(file, None, problems)
        self.text = text
        self.stack: list[_Frame] = []
        self.anchors: dict[str, Node | None] = {}

    def read(self) -> Document:
        try:
            for event in self.yaml.parse(self.text, Loader=getattr(self.yaml, "CSafeLoader", self.yaml.SafeLoader)):
                self._take(event)
        except self.yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from error
        except self.yaml.YAMLError as error:
            raise UnreadableError(1, f"is not YAML: {' '.join(str(error).split())}") from error
        if self.document.root is None or self._holds_nothing(self.document.root):
            raise UnreadableError(1, "is empty")
        return self.document

    def _holds_nothing(self, root: Node) -> bool:
        return root.content is None and not root.text

    def _take(self, event: yaml.Event) -> None:
        line = _line(event.start_mark)
        if isinstance(event, self.yaml.ScalarEvent):
            self._refuse_tag(event.tag, line)
            self._take_scalar(event, line)
        elif isinstance(event, self.yaml.CollectionStartEvent):
            self._refuse_tag(event.tag, line)
            self._open(event, line)
        elif isinstance(event, self.yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, self.yaml.AliasEvent):
            self._take_alias(event.anchor or "", line)
        elif isinstance(event, self.yaml.DocumentStartEvent) and self.document.root is not None:
            raise UnreadableError(line, "a second document starts here; a file holds one")

    def _take_scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        text: str = event.value
        if event.implicit[0]:
            value, complaint = resolved(text)
        else:
            refused = complaint_about_text(text)
            value, complaint = (text, None) if refused is None else ("", refused.message)
        complaint = complaint or complaint_about_tokens(text)
        if self._awaits_key():
            self._take_key(text, value, complaint, line)
            return
        node = Node(line, value, text, refused=complaint is not None, weight=VALUE_WEIGHT + len(text))
        if complaint is not None:
            self._complain(line, complaint)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self._add(node)

    def _take_key(self, text: str, value: object, complaint: str | None, line: int) -> None:
        frame = self.stack[-1]
        content = frame.node.content
        earlier = content.get(text) if isinstance(content, dict) else None
        frame.key, frame.key_line, frame.is_key_kept = text, line, False
        if text == "<<":
            self._complain(line, "merge keys are not supported; write the settings out")
        elif complaint is not None:
            self._complain(line, complaint)
        elif not isinstance(value, str):
            self._complain(line, f'this key is not text; put it in quotes: "{text[:80]}"')
        elif earlier is not None:
            self._complain(line, f"is given twice, first on line {earlier.line}; keep one")
        else:
            frame.is_key_kept = True

    def _open(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if self._awaits_key():
            raise self._unreadable(line, "a key is text, not a list or mapping")
        if len(self.stack) == DEEPEST_NESTING:
            raise self._unreadable(line, f"is nested deeper than {DEEPEST_NESTING} levels")
        node = Node(line, {} if isinstance(event, self.yaml.MappingStartEvent) else [])
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(node, event.anchor))

    def _close(self) -> None:
        frame = self.stack.pop()
        if frame.anchor is not None:
            self.anchors[frame.anchor] = frame.node
        self._add(frame.node)

    def _take_alias(self, anchor: str, line: int) -> None:
        if self._awaits_key():
            raise self._unreadable(line, "an alias cannot be a key; write the key out")
        if anchor not in self.anchors:
            raise self._unreadable(line, f"*{anchor[:80]} stands for an anchor that is not defined above")
        node = self.anchors[anchor]
        if node is None:
            raise self._unreadable(line, f"*{anchor[:80]} stands for a value that it is part of")
        self._add(node)

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.document.root = node
            return
        frame = self.stack[-1]
        content = frame.node.content
        if isinstance(content, list):
            content.append(node)
        elif isinstance(content, dict) and frame.key is not None:
            if frame.is_key_kept:
                content[frame.key] = Entry(frame.key_line, node)
            frame.node.weight += len(frame.key)
            frame.key = None
        frame.node.weight += node.weight
        if frame.node.weight > MOST_WEIGHT:
            raise UnreadableError(node.line, "holds too many values, or aliases that repeat too much")

    def _awaits_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].node.content, dict) and self.stack[-1].key is None

    def _path(self) -> str:
        location: list[str | int] = []
        for frame in self.stack:
            if isinstance(frame.node.content, list):
                location.append(len(frame.node.content))
            elif frame.key is not None:
                location.append(frame.key)
        return shown_path(tuple(location))

    def _complain(self, line: int, message: str) -> None:
        if len(self.document.problems) == MOST_PROBLEMS:
            raise UnreadableError(line, f"is not read further after {MOST_PROBLEMS} problems")
        self.document.problems.append(LocatedProblem(self.document.file, line, self._path(), message))

    def _unreadable(self, line: int, message: str) -> UnreadableError:
        return UnreadableError(line, message, self._path())

    def _refuse_tag(self, tag: str | None, line: int) -> None:
        if tag is not None:
            raise self._unreadable(line, f"tag {shown(tag)}: tags are not supported; put text in quotes instead")

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> UnreadableError:
        said = error.problem or ""
        mark = error.problem_mark or error.context_mark
        if any(words in said for words in _SAID_OF_THE_BEGINNING):
            mark = error.context_mark or mark
        line = _line(mark)
        for number, source in enumerate(self.text.splitlines()[line - 1 : line + 1], start=line):
            if "\t" in source[: len(source) - len(source.lstrip())]:
                return UnreadableError(number, "a tab is used for indentation; use spaces")
        for words, message in _SYNTAX_MESSAGES:
            if words in said:
                return UnreadableError(line, message)
        return UnreadableError(line, f"is not YAML: {' '.join(said.split())}")


def _line(mark: yaml.error.Mark | yaml._yaml.Mark | None) -> int:
    return 1 if mark is None else mark.line + 1
