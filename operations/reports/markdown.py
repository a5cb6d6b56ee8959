"""Writes what a plan does as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.reports.display import differing_lines, value

if TYPE_CHECKING:
    from operations.planning.changes import Attribute, Change
    from operations.planning.stack_plan import StackPlan


def details(plan: StackPlan) -> str:
    """Write what a plan does to each resource, as Markdown."""
    parts = [_problem(str(problem), problem.severity) for problem in plan.diagnostics]
    for producer, outputs in sorted(plan.stand_ins.items()):
        parts.append(f"> Not applied yet: `{producer}`. Example values are used for {', '.join(outputs)}.\n")
    parts.extend(_change(change) for change in plan.changes.resources)
    if plan.changes.outputs:
        parts.append("**outputs**\n" + _diff(plan.changes.outputs))
    return "\n".join(parts) or "Nothing changes.\n"


def folded(plan: StackPlan) -> str:
    """Write it below a heading that opens it; nothing where there is nothing to say."""
    if plan.status == "no changes" or not (plan.changes.resources or plan.changes.outputs or plan.diagnostics):
        return ""
    return f"\n<details><summary>{plan.stack}</summary>\n\n{details(plan)}\n</details>\n"


def _problem(text: str, severity: str) -> str:
    return f"**{severity}**\n```\n{text}\n```\n"


def _change(change: Change) -> str:
    notes = [change.reason] if change.reason else []
    notes += [f"id {change.import_id}"] if change.import_id else []
    notes += [f"from {change.moved_from}"] if change.moved_from else []
    notes += [f"overrides {', '.join(change.overrides)}"] if change.overrides else []
    described = f" ({', '.join(notes)})" if notes else ""
    return f"**{' and '.join(change.kinds)}** `{change.address}`{described}\n{_diff(change.attributes)}"


def _diff(attributes: tuple[Attribute, ...]) -> str:
    if not attributes:
        return ""
    lines = [line for attribute in attributes for line in _lines(attribute)]
    return "```diff\n" + "\n".join(lines) + "\n```\n"


def _lines(attribute: Attribute) -> list[str]:
    """Write one value as added (+), removed (-) or changed; of a long text only what differs."""
    path, before, after = attribute.path, attribute.before, attribute.after
    changed = differing_lines(attribute)
    if changed is not None:
        return [f"! {path}", *changed]
    if before is None:
        return [f"+ {path} = {value(after)}"]
    if after is None:
        return [f"- {path} = {value(before)}"]
    return [f"! {path} = {value(before)} -> {value(after)}"]
