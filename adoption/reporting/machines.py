"""The report of an adoption for machines, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adoption.reporting.advice import left_with_advice

if TYPE_CHECKING:
    from adoption.adopt import Adoption


def as_json(adoption: Adoption) -> str:
    """Return the report for machines."""
    report = {
        "environment": adoption.environment.name,
        "region": adoption.environment.region,
        "account_id": adoption.account_id,
        "states": [
            {
                "unit": state.unit,
                "source": state.source,
                "workspace": state.workspace,
                "program": state.program,
                "version": state.terraform_version,
                "lineage": state.lineage,
                "serial": state.serial,
                "objects": len(state.objects),
            }
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
                    {
                        "attribute": change.attribute,
                        "before": change.before,
                        "after": change.after,
                        "reason": change.reason,
                    }
                    for change in adoption.changes[str(found.resource)]
                ],
            }
            for found in adoption.matches.found
        ],
        "created": [{"stack": one.stack, "path": one.path, "type": one.type} for one in adoption.created],
        "left": [
            {"unit": one.unit, "address": one.address, "type": one.type, "advice": text}
            for one, text in left_with_advice(adoption)
        ],
        "plans": [
            {
                "stack": plan.stack,
                "how": plan.how,
                "counts": plan.counts,
                "error": plan.error,
                "changes": [
                    {"action": row.action, "path": row.path, "attribute": row.attribute, "reason": row.reason}
                    for row in plan.rows
                ],
            }
            for plan in adoption.plans
        ],
        "accepted": adoption.accepted,
        "notes": adoption.kept.notes,
        "undecided": adoption.undecided(),
        "look_like_secrets": adoption.secrets(),
    }
    return json.dumps(report, indent=2, default=str) + "\n"
