"""The files of a report: a page for browsers, JSON, Markdown, and the details of each stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from config.core.files.written_files import write_whole
from operations.reports.markdown import details
from operations.reports.page import page

if TYPE_CHECKING:
    from pathlib import Path

    from operations.reports.report import Report

# What infracost writes there stays: https://www.infracost.io/docs/features/cli_commands/
COSTS: Final = "infracost.json"


def write_report(report: Report, folder: Path, drawing: str = "") -> None:
    """Write the report, and the details by stack, into a folder; what an earlier command left there goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name != COSTS:
            old.unlink()
    costs = json.loads((folder / COSTS).read_text(encoding="utf-8")) if (folder / COSTS).is_file() else None
    write_whole(folder / "index.html", page(report, drawing, costs))
    write_whole(folder / "report.json", json.dumps(report.as_json(), indent=2) + "\n")
    write_whole(folder / "report.md", report.as_markdown())
    for plan in report.plans:
        write_whole(folder / f"{plan.stack}.md", f"# {plan.stack}\n\n{details(plan)}")
