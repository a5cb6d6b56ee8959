"""The report of an adoption, as Markdown for people and JSON for machines."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adoption.adopt import Adoption
    from adoption.differences import Change
    from adoption.state_model import StateObject

SHOWN_CHARACTERS: Final = 120
# What to do with what no stack takes over, by a part of its type or address; the first that fits counts.
ADVICE: Final = (
    ("autoscaler", "It goes on running. Keep it in the old unit, or move it to a unit of its own."),
    ("service_account", "Nothing here runs as it; delete it with the old unit's last apply."),
    ("secret", "The stacks make a secret of their own; delete this one once nothing reads it."),
    ("helm_release", "It goes on running. Keep it in the old unit, or move it to a unit of its own."),
    ("aws_iam", "Nothing here uses it. Delete it once nothing else does (IAM's last-accessed page tells)."),
)
OTHERWISE: Final = "It stays as it is. Keep it in the old unit, or delete it there once nothing uses it."

NEXT_STEPS: Final = """
## Next steps

1. Read the differences below `values/`, and commit them.
2. `make plan ENV={name}`: {count} to import, 0 to destroy, 0 to replace.
3. `make deploy STACKS='{name}-*'`, then plan again: no changes.
4. Let the old layout forget what was taken over, so that no `destroy` there reaches it: archive its states, then put
   the blocks below into its modules and apply them (Terraform 1.7 or newer), or run the commands.
5. Harden in steps, one setting at a time, with a plan before each: *Kept by settings* names them.
6. Remove `values/imports/{name}.yaml`.

Until step 4 the way back is short: put `values/` back as it was, move the states of the stacks away (`.state/{name}-*`,
or the backend's keys or workspaces), and use the old layout again. Its next apply changes back what was changed in
place. What is new (see *New*) stays, or is deleted by hand."""


def as_json(adoption: Adoption) -> str:
    """Return the report for machines."""
    report = {
        "environment": adoption.environment.name,
        "region": adoption.environment.region,
        "account_id": adoption.account_id,
        "states": [
            {"unit": state.unit, "source": state.source, "serial": state.serial, "objects": len(state.objects)}
            for state in adoption.states
        ],
        "settings": [
            {"setting": ".".join(one.path), "value": one.value, "comment": one.comment}
            for one in adoption.kept.settings
        ],
        "overrides": [
            {"stack": one.stack, "path": one.path, "argument": one.argument, "value": one.value}
            for one in adoption.overrides
        ],
        "adopted": [
            {
                "stack": found.resource.stack,
                "path": found.resource.path,
                "type": found.resource.type,
                "import_id": found.import_id,
                "unit": found.object.unit,
                "address": found.object.address,
                "changes": [
                    {"attribute": change.attribute, "before": change.before, "after": change.after}
                    for change in adoption.changes[str(found.resource)]
                ],
            }
            for found in adoption.matches.found
        ],
        "created": [{"stack": one.stack, "path": one.path, "type": one.type} for one in adoption.created],
        "left": [
            {"unit": one.unit, "address": one.address, "type": one.type, "advice": advice(one)} for one in adoption.left
        ],
        "undecided": adoption.undecided(),
        "look_like_secrets": adoption.secrets(),
    }
    return json.dumps(report, indent=2, default=str) + "\n"


def as_markdown(adoption: Adoption) -> str:
    """Return the report for people."""
    return "\n".join(_lines(adoption)) + "\n"


def advice(one: StateObject) -> str:
    """Return what to do with an object that no stack takes over."""
    return next((text for part, text in ADVICE if part in f"{one.type} {one.address}"), OTHERWISE)


def _lines(adoption: Adoption) -> Iterator[str]:
    name = adoption.environment.name
    yield f"# Adoption of {name}"
    yield ""
    yield (
        f"{len(adoption.matches.found)} objects of {len(adoption.states)} states are taken over, "
        f"{len(adoption.created)} are new, {len(adoption.left)} stay where they are. Nothing was changed yet."
    )
    yield from _section("To decide first", [f"- {problem}" for problem in adoption.undecided()])
    secrets = [f"- `{path}`" for path in adoption.secrets()]
    yield from _section(f"Look like secrets: check `values/adopted/{name}.yaml` before committing it", secrets)
    yield from _section("Adopted", _adopted(adoption))
    yield from _section("Changed in place by the first apply", _changed(adoption))
    yield from _section("Kept by settings", _settings(adoption))
    yield from _section("New", [f"- {kind}: {count}" for kind, count in _counted(adoption)])
    yield from _section("Left in the old state", _left(adoption))
    yield from _next_steps(adoption)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from ("", f"## {title}", "", *lines)


def _adopted(adoption: Adoption) -> Iterator[str]:
    yield "| stack | construct | import id | was |"
    yield "| --- | --- | --- | --- |"
    for found in adoption.matches.found:
        yield f"| {found.resource.stack} | {found.resource.path} | `{found.import_id}` | {found.object} |"


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
        yield "As far as settings and states tell; `make plan` is exact."
        yield ""
        yield "| object | attribute | before | after |"
        yield "| --- | --- | --- | --- |"
        yield from rows


def _row(resource: str, change: Change) -> str:
    return f"| {resource} | {change.attribute} | {_shown(change.before)} | {_shown(change.after)} |"


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
    return f"`{text}`".replace("|", "\\|").replace("\n", " ")


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
    yield "| unit | address | what to do |"
    yield "| --- | --- | --- |"
    for one in adoption.left:
        yield f"| {one.unit} | `{one.address}` | {advice(one)} |"


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
