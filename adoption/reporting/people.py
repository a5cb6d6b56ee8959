"""The report of an adoption, as Markdown."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from adoption.reporting.advice import left_with_advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import JsonValue

    from adoption.adopt import Adoption
    from adoption.comparing.differences import Change

SHOWN_CHARACTERS: Final = 120
MOST_ROWS: Final = 200

NEXT_STEPS: Final = """
## Next steps

1. Read the differences below `values/`, and commit them.
2. `make plan ENV={name}`: {count} to import, 0 to destroy, 0 to replace.
3. `make deploy STACKS='{name}-*'`, then plan again: no changes.
4. Let the old layout forget what was taken over, so that no `destroy` there reaches it: archive its states, then put
   the blocks below into its modules and apply them (Terraform 1.7 or newer), or run the commands.
5. Harden in steps, one setting at a time, with a plan before each: *Kept by settings* names them.
6. Remove `values/imports/{name}.yaml`.

Until step 4 the rollback is short: put `values/` back as it was, move the states of the stacks away (`.state/{name}-*`,
or the backend's keys or workspaces), and use the old layout again. Its next apply changes back what was changed in
place. What is new (see *New*) stays, or is deleted by hand."""


def as_markdown(adoption: Adoption) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(adoption)) + "\n"


def _lines(adoption: Adoption) -> Iterator[str]:
    name = adoption.environment.name
    yield f"# Adoption of {name}"
    yield ""
    yield (
        f"{len(adoption.matches.found)} objects of {len(adoption.states)} states are taken over, "
        f"{len(adoption.created)} are new, {len(adoption.left)} stay where they are. Nothing was changed yet."
    )
    yield from _section("To decide first", [f"- {problem}" for problem in adoption.undecided()])
    yield from _section("Accepted as lost", [f"- {one}" for one in adoption.accepted])
    yield from _section("Sources", _sources(adoption))
    yield from _section("Planned", _planned(adoption))
    yield from _section("Look like secrets, and are in no tracked file", [f"- `{path}`" for path in adoption.secrets()])
    yield from _section("Adopted", _adopted(adoption))
    yield from _section("Changed in place by the first apply", _changed(adoption))
    yield from _section("Kept by settings", _settings(adoption))
    yield from _section("Kept by overrides", _overrides(adoption))
    yield from _section("Notes", [f"- {_cell(note)}" for note in adoption.kept.notes])
    yield from _section("New", [f"- {kind}: {count}" for kind, count in _counted(adoption)])
    yield from _section("Left in the old state", _left(adoption))
    yield from _next_steps(adoption)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from ("", f"## {title}", "", *lines)


def _sources(adoption: Adoption) -> Iterator[str]:
    yield "| unit | state | workspace | serial | lineage | program | objects |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for state in adoption.states:
        cells = (
            state.unit, state.source, state.workspace, state.serial, state.lineage or "none",
            f"{state.program} {state.terraform_version}", len(state.objects),
        )  # fmt: skip
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _planned(adoption: Adoption) -> Iterator[str]:
    for plan in adoption.plans:
        if plan.error is not None:
            yield f"- {plan.stack}: not planned: {_cell(plan.error)}"
        else:
            counts = ", ".join(f"{count} to {action}" for action, count in plan.counts.items() if count)
            yield f"- {plan.stack} ({plan.how}): {counts}"


def _overrides(adoption: Adoption) -> Iterator[str]:
    if adoption.overrides:
        yield "Arguments of single resources, because no setting says them; they stand under `overrides`."
        yield ""
    for one in adoption.overrides:
        yield f"- `{one.stack}` `{one.path}` `{one.argument}`: {_shown(one.value)}"


def _cell(value: object) -> str:
    """Return a text that cannot leave its cell or its line."""
    text = "".join(one if one.isprintable() else " " for one in str(value))
    return text.replace("|", "\\|")


def _adopted(adoption: Adoption) -> Iterator[str]:
    yield "| stack | construct | import id | was |"
    yield "| --- | --- | --- | --- |"
    for found in adoption.matches.found:
        yield f"| {found.resource.stack} | {found.resource.path} | `{_cell(found.import_id)}` | {_cell(found.object)} |"


def _changed(adoption: Adoption) -> Iterator[str]:
    tags: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for found in adoption.matches.found:
        for change in adoption.changes[str(found.resource)]:
            if change.attribute.startswith("tags."):
                tags[change.attribute, _shown(change.before), _shown(change.after)] += 1
            else:
                rows.append(_row(str(found.resource), change))
    rows += [
        f"| {count} of these | {key} | {before} | {after} |" for (key, before, after), count in sorted(tags.items())
    ]
    if rows:
        yield "As far as settings and states show; `make plan` is exact."
        yield ""
        yield "| object | attribute | before | after |"
        yield "| --- | --- | --- | --- |"
        yield from rows


def _row(resource: str, change: Change) -> str:
    return f"| {resource} | {change.attribute} | {_shown(change.before)} | {_shown(change.after)} |"


def _shown(value: JsonValue) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
    return f"`{_cell(text)}`"


def _settings(adoption: Adoption) -> Iterator[str]:
    for setting in adoption.kept.settings:
        yield f"- `{'.'.join(setting.path)}: {json.dumps(setting.value)}`: {setting.comment}"


def _counted(adoption: Adoption) -> list[tuple[str, int]]:
    return sorted(Counter(f"{one.stack} {one.type}" for one in adoption.created).items())


def _left(adoption: Adoption) -> Iterator[str]:
    if not adoption.left:
        return
    yield "No stack has a resource for these."
    yield ""
    if len(adoption.left) > MOST_ROWS:
        yield "| unit | type | how many | what to do |"
        yield "| --- | --- | --- | --- |"
        groups = Counter((one.unit, one.type, text) for one, text in left_with_advice(adoption))
        for (unit, type_, text), count in groups.items():
            yield f"| {_cell(unit)} | {type_} | {count} | {text} |"
        yield ""
        yield f"`{adoption.environment.name}.json` has each of them."
        return
    yield "| unit | address | what to do |"
    yield "| --- | --- | --- |"
    for one, text in left_with_advice(adoption):
        yield f"| {_cell(one.unit)} | `{_cell(one.address)}` | {text} |"


def _next_steps(adoption: Adoption) -> Iterator[str]:
    yield NEXT_STEPS.format(name=adoption.environment.name, count=len(adoption.matches.found))
    yield from _forgetting(adoption)


def _forgetting(adoption: Adoption) -> Iterator[str]:
    taken = {(found.object.unit, found.object.address) for found in adoption.matches.found}
    by_unit: dict[str, list[str]] = defaultdict(list)
    for state in adoption.states:
        by_unit[state.unit] = [one.address for one in state.objects if (one.unit, one.address) in taken]
    for unit, addresses in by_unit.items():
        if not addresses:
            continue
        yield from ("", f"### {unit}", "", "```hcl")
        for address in dict.fromkeys(re.sub(r"\[[^\]]*\]", "", address) for address in addresses):
            yield f"removed {{\n  from = {address}\n  lifecycle {{\n    destroy = false\n  }}\n}}"
        yield from ("```", "", "or", "", "```sh", "terragrunt state rm \\")
        yield " \\\n".join(f"  '{address}'" for address in addresses)
        yield "```"
