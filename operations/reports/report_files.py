"""The files of a report: a page for browsers, JSON, Markdown, and the details of each stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from config.core.errors import UsageError
from config.core.files.written_files import write_whole
from operations.reports.costs import costs_as_markdown, costs_of
from operations.reports.markdown import details
from operations.reports.page import page

if TYPE_CHECKING:
    from pathlib import Path

    from operations.reports.report import Report

# What infracost writes there stays: https://www.infracost.io/docs/features/cli_commands/
COSTS: Final = "infracost.json"


def take_costs(file: Path, folder: Path) -> None:
    """Let reports show the costs of a file of infracost, until another one takes its place.

    Raises:
        UsageError: The file cannot be read, or is not of infracost.

    """
    try:
        text = file.read_text(encoding="utf-8")
        costs_of(json.loads(text))
    except OSError as error:
        raise UsageError(f"--infracost: {file} cannot be read: {error.strerror}") from error
    except (ValueError, AttributeError, TypeError):
        raise UsageError(f"--infracost: {file} is not what 'infracost breakdown --format json' writes") from None
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / COSTS, text)


def write_report(report: Report, folder: Path, drawing: str = "") -> None:
    """Write the report, and the details by stack, into a folder; what an earlier command left there goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name != COSTS:
            old.unlink()
    costs = json.loads((folder / COSTS).read_text(encoding="utf-8")) if (folder / COSTS).is_file() else None
    write_whole(folder / "index.html", page(report, drawing, costs))
    write_whole(folder / "report.json", json.dumps(report.as_json(), indent=2) + "\n")
    write_whole(folder / "report.md", report.as_markdown() + (costs_as_markdown(costs) if costs else ""))
    for plan in report.plans:
        write_whole(folder / f"{plan.stack}.md", f"# {plan.stack}\n\n{details(plan)}")
