"""What infracost says of the plans: https://www.infracost.io/docs/features/cli_commands/#examples-1."""

from __future__ import annotations

from typing import Any


def costs_of(infracost: dict[str, Any]) -> dict[str, Any]:
    """Read the sums a month of each project, before and after."""
    return {
        "currency": infracost.get("currency", "USD"),
        "projects": [
            {
                "name": project.get("name", ""),
                "before": (project.get("pastBreakdown") or {}).get("totalMonthlyCost") or "0",
                "after": (project.get("breakdown") or {}).get("totalMonthlyCost") or "0",
                "difference": (project.get("diff") or {}).get("totalMonthlyCost") or "0",
            }
            for project in infracost.get("projects", [])
        ],
    }


def costs_as_markdown(infracost: dict[str, Any]) -> str:
    """Write the sums as a table."""
    costs = costs_of(infracost)
    rows = [
        f"| {one['name']} | {float(one['before']):.2f} | {float(one['after']):.2f} | {float(one['difference']):+.2f} |"
        for one in costs["projects"]
    ]
    header = [f"| costs a month, {costs['currency']} | before | after | difference |", "| --- | ---: | ---: | ---: |"]
    return "\n" + "\n".join([*header, *rows]) + "\n"
