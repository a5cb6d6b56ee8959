"""Shows on the terminal what a plan changes, resource by resource and attribute by attribute."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from operations.planning.changes import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from operations.planning.changes import Attribute, Change, Kind
    from operations.planning.stack_plan import StackPlan

# How many lines of a stack are shown where not all are asked for.
FOLDED_LINES: Final = 40
SHORT_CHARACTERS: Final = 160
SYMBOLS: Final[dict[Kind, str]] = {
    "add": "+",
    "change": "~",
    "destroy": "-",
    "replace": "-/+",
    "import": "<-",
    "move": ">",
    "forget": "x",
}
COLOURS: Final = {
    "add": "green",
    "change": "yellow",
    "destroy": "red",
    "replace": "magenta",
    "import": "cyan",
    "move": "cyan",
    "forget": "red",
}
# What is lost comes first, so that it is never folded away by what is added.
ORDER: Final = ("destroy", "replace", "forget", "change", "move", "import", "add")


def shown(plan: StackPlan, *, is_full: bool) -> list[Text]:
    """Write the changes of a stack; without `is_full` additions have no attributes, and a long end is folded."""
    changes = sorted(plan.changes.resources, key=lambda change: (ORDER.index(_main(change)), change.address))
    lines = [line for change in changes for line in _change(change, is_full=is_full)]
    lines.extend(
        _attribute(output, "output ") for output in plan.changes.outputs if is_full or output.before is not None
    )
    if not lines:
        return []
    head = Text(plan.stack, style="bold")
    if is_full or len(lines) <= FOLDED_LINES:
        return [head, *lines]
    folded = len(lines) - FOLDED_LINES
    rest = Text(f"  … {folded} more lines: --full shows all", style="dim")
    return [head, *lines[:FOLDED_LINES], rest]


def short(content: Any) -> str:  # noqa: ANN401 - the value of an output
    """Write a value on one line, and of a long one the beginning."""
    text = value(content)
    return text if len(text) <= SHORT_CHARACTERS else f"{text[:SHORT_CHARACTERS]}… ({len(text)} characters)"


def value(content: JsonValue) -> str:
    """Write a value on one line; the marks for hidden and unknown values stand without quotes."""
    if isinstance(content, str) and content.startswith("("):
        return content
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def differing_lines(attribute: Attribute) -> list[str] | None:
    """Compare two long texts line by line; None for other values."""
    before, after = attribute.before, attribute.after
    if not (isinstance(before, str) and isinstance(after, str) and "\n" in before and "\n" in after):
        return None
    changed = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    return [line for line in changed if not line.startswith(("---", "+++"))]


def _main(change: Change) -> Kind:
    return min(change.kinds, key=ORDER.index)


def _change(change: Change, *, is_full: bool) -> Iterator[Text]:
    """Write a resource and its attributes; what is new anyway and known later is left out, unless all is asked for."""
    kind = _main(change)
    notes = [change.reason] if change.reason else []
    notes += [f"id {change.import_id}"] if change.import_id else []
    notes += [f"from {change.moved_from}"] if change.moved_from else []
    notes += [f"overrides {', '.join(change.overrides)}"] if change.overrides else []
    described = f" ({'; '.join(notes)})" if notes else ""
    yield Text(f"  {SYMBOLS[kind]} {change.address}{described}", style=COLOURS[kind])
    if kind == "add" and not is_full:
        return
    forced = set(change.forced_by)
    told = [found for found in change.attributes if found.after != UNKNOWN or found.path in forced or is_full]
    for attribute in sorted(told, key=lambda found: found.path not in forced):
        yield _attribute(attribute, "  ", forces=attribute.path in forced)
        for line in differing_lines(attribute) or ():
            yield Text(
                f"        {line}", style="green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
            )


def _attribute(attribute: Attribute, indentation: str, *, forces: bool = False) -> Text:
    """Write one value as added (+), removed (-) or changed (~)."""
    path, before, after = attribute.path, attribute.before, attribute.after
    forced = " # forces replacement" if forces else ""
    if differing_lines(attribute) is not None:
        return Text(f"  {indentation}~ {path}{forced}", style="yellow")
    if before is None:
        return Text(f"  {indentation}+ {path} = {value(after)}{forced}", style="green")
    if after is None:
        return Text(f"  {indentation}- {path} = {value(before)}{forced}", style="red")
    return Text(f"  {indentation}~ {path} {value(before)} -> {value(after)}{forced}", style="yellow")
