"""Writes the report as one page for a browser, which needs nothing else: no network, no other file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from operations.reports.costs import costs_of
from operations.reports.display import differing_lines

if TYPE_CHECKING:
    from operations.planning.changes import Attribute
    from operations.planning.stack_plan import StackPlan
    from operations.reports.report import Report

TEMPLATE: Final = Path(__file__).with_suffix(".html")


def page(report: Report, drawing: str, costs: dict[str, Any] | None = None) -> str:
    """Return the page, with a drawing of the stacks and what infracost says, where there is anything."""
    content = {
        **report.as_json(),
        "title": f"{report.title}: {', '.join(plan.stack for plan in report.plans[:3])}"
        + (f" and {len(report.plans) - 3} more" if len(report.plans) > 3 else ""),
        "made_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "stacks": [
            _stack(report, plan, entry) for plan, entry in zip(report.plans, report.as_json()["stacks"], strict=True)
        ],
        "costs": costs_of(costs) if costs else None,
    }
    # In a script of JSON only an end tag would end it; this way no text can hold one.
    data = json.dumps(content).replace("<", "\\u003c")
    return TEMPLATE.read_text(encoding="utf-8").replace("@GRAPH@", drawing, 1).replace("@DATA@", data, 1)


def _stack(report: Report, plan: StackPlan, entry: dict[str, Any]) -> dict[str, Any]:
    changes = zip(plan.changes.resources, entry["changes"], strict=True)
    return {
        **entry,
        "notes": report.notes(plan),
        "changes": [
            {**found, "attributes": [_attribute(one) for one in change.attributes]} for change, found in changes
        ],
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    return {**vars(attribute), "lines": differing_lines(attribute)}
