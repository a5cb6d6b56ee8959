"""The figures of infracost are in the reports: from the folder of the reports, or from a file that is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from config.core.errors import UsageError
from operations.reports.costs import costs_as_markdown
from operations.reports.report import Report
from operations.reports.report_files import COSTS, take_costs, write_report

if TYPE_CHECKING:
    from pathlib import Path

INFRACOST = {
    "currency": "USD",
    "projects": [
        {
            "name": "dev-network",
            "pastBreakdown": {"totalMonthlyCost": "32.85"},
            "breakdown": {"totalMonthlyCost": "36.5"},
            "diff": {"totalMonthlyCost": "3.65"},
        },
        {"name": "new"},
    ],
}


def test_table() -> None:
    assert costs_as_markdown(INFRACOST) == (
        "\n| costs a month, USD | before | after | difference |\n| --- | ---: | ---: | ---: |\n"
        "| dev-network | 32.85 | 36.50 | +3.65 |\n| new | 0.00 | 0.00 | +0.00 |\n"
    )


def test_a_file_that_is_named_is_in_this_report_and_the_next(tmp_path: Path) -> None:
    file, reports = tmp_path / "costs.json", tmp_path / "reports"
    file.write_text(json.dumps(INFRACOST), encoding="utf-8")
    take_costs(file, reports)
    for _ in range(2):
        write_report(Report("plan", (), {}, 1.0), reports)
        assert "| dev-network | 32.85 | 36.50 | +3.65 |" in (reports / "report.md").read_text(encoding="utf-8")
        assert "36.5" in (reports / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is not what 'infracost"),
        ("[]", "is not what 'infra"),
    ],
)
def test_fails_for_a_file_that_is_not_of_infracost(content: str | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        take_costs(file, tmp_path / "reports")
    assert not (tmp_path / "reports" / COSTS).exists()
