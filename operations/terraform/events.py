"""Terraform's machine-readable output, one JSON object a line.

Format: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Diagnostic:
    """An error or a warning."""

    severity: str
    summary: str
    detail: str = ""
    address: str = ""

    def __str__(self) -> str:
        """Write it on one line, and its detail below."""
        where = f" ({self.address})" if self.address else ""
        return "\n".join(filter(None, (f"{self.summary}{where}", self.detail.strip())))


def parse(line: str) -> dict[str, Any] | None:
    """Read one line; None where it is text: remote runs and `init` print some of that between the objects."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "type" in event else None


def diagnostics(events: Iterable[dict[str, Any]]) -> tuple[Diagnostic, ...]:
    """Gather the errors and warnings."""
    return tuple(
        Diagnostic(
            severity=found["severity"],
            summary=found["summary"],
            detail=found.get("detail", ""),
            address=found.get("address", ""),
        )
        for found in (event["diagnostic"] for event in events if event["type"] == "diagnostic")
    )


# What terraform prints when it is interrupted.
INTERRUPTIONS = frozenset({"execution halted", "Execution halted", "operation canceled", "Operation cancelled"})


def without_interruption(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Leave out that terraform was asked to stop."""
    return tuple(diagnostic for diagnostic in found if diagnostic.summary not in INTERRUPTIONS)


def outputs(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Read the outputs that an apply printed; sensitive ones come without a value."""
    found: dict[str, Any] = {}
    for event in events:
        if event["type"] == "outputs":
            found = {name: output.get("value") for name, output in event["outputs"].items()}
    return found


def step(event: dict[str, Any]) -> str | None:
    """Say in a few words what Terraform is doing, for the progress display; None where it is not worth a line."""
    hook = event.get("hook", {})
    address = hook.get("resource", {}).get("addr", "")
    match event["type"]:
        case "refresh_start":
            return f"reads {address}"
        case "apply_start" if hook["action"] != "read":
            return f"{hook['action']} {address}"
        case "apply_progress":
            return f"{hook['action']} {address}, {hook['elapsed_seconds']} s so far"
        case "apply_errored":
            return f"failed: {address}"
    return None
