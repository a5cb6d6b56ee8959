"""The table, the Markdown and the JSON of a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from operations.planning.changes import from_plan
from operations.planning.stack_plan import StackPlan, Status
from operations.reports.display import shown as terminal
from operations.reports.markdown import details
from operations.reports.report import MARKDOWN_LIMIT, Report
from operations.reports.report_files import write_report
from operations.terraform.events import Diagnostic
from tests.operations.plans import change, plan

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = from_plan(
    plan(
        change("create", after={"cidr_block": "10.0.0.0/16", "password": "secret"}, after_sensitive={"password": True}),
        change(
            "update",
            address="helm_release.x",
            before={"values": ["a: 1\nb: 2\nc: 3"]},
            after={"values": ["a: 1\nb: 9\nc: 3"]},
        ),
        vpc_id={"actions": ["update"], "before": "vpc-1", "after": "vpc-2"},
    )
)
NETWORK = StackPlan("dev-network", "changes", changes=CHANGES)
CLUSTER = StackPlan("dev-cluster", "no changes", reads={"dev-network": frozenset({"vpc_id"})})
STOOD_IN = StackPlan("dev-addons", "changes", changes=CHANGES, stand_ins={"dev-cluster": ("cluster_name",)})
FAILED = StackPlan("dev-apps", "failed", diagnostics=(Diagnostic("error", "No such thing"),))


def report(*plans: StackPlan) -> Report:
    return Report("plan", plans, {"plan": [1.0, 2.0]}, 2.5)


@pytest.mark.parametrize(
    ("status", "code"),
    [("no changes", 0), ("not deployed", 0), ("applied", 0), ("changes", 2), ("failed", 1), ("skipped", 1)],
)
def test_the_exit_code_is_that_of_terraform_plan(status: Status, code: int) -> None:
    assert report(CLUSTER, StackPlan("dev-x", status)).exit_code == code


def test_a_failure_outweighs_changes() -> None:
    assert report(NETWORK, FAILED).exit_code == 1


def test_the_table_fits_a_narrow_terminal_and_has_every_number() -> None:
    console = Console(width=80, record=True)
    with console.capture() as captured:
        console.print(report(NETWORK, STOOD_IN, FAILED).table())
    lines = [line.split() for line in captured.get().splitlines()]
    assert ["dev-network", "1", "1"] in lines
    assert ["dev-addons", "1", "1", "on", "example", "values"] in lines
    assert ["dev-apps", "failed"] in lines
    assert ["all", "2", "2"] in lines


def test_example_values_are_marked_everywhere() -> None:
    found = report(STOOD_IN)
    assert "dev-cluster" in found.legend()
    assert found.legend() in found.as_markdown()
    assert found.as_json()["stacks"][0]["stand_ins"] == {"dev-cluster": ["cluster_name"]}
    assert "Example values are used for cluster_name" in details(STOOD_IN)


def test_overrides_are_marked_in_the_table_the_details_and_the_report() -> None:
    resource = {"aws_vpc": {"this": {"//": {"overrides": ["instance_tenancy", "tags"]}}}}
    shown = plan(change("update", address="aws_vpc.this", before={"tags": {}}, after={"tags": {"a": "b"}}))
    marked = StackPlan("dev-network", "changes", changes=from_plan(shown).marked({"resource": resource}))
    assert report(marked).notes(marked) == "2 overrides in what changes"
    assert "`aws_vpc.this` (overrides instance_tenancy, tags)" in details(marked)
    assert "aws_vpc.this (overrides instance_tenancy, tags)" in "\n".join(map(str, terminal(marked, is_full=False)))
    assert report(marked).as_json()["stacks"][0]["changes"][0]["overrides"] == ["instance_tenancy", "tags"]
    assert report(NETWORK).notes(NETWORK) == ""


def test_what_will_be_outdated_is_said() -> None:
    assert report(NETWORK, CLUSTER).notes(CLUSTER) == "no changes; plan again after dev-network: vpc_id will change"


def test_the_details_show_a_long_text_by_what_differs() -> None:
    text = details(NETWORK)
    assert "! values[0]\n@@ -1,3 +1,3 @@\n a: 1\n-b: 2\n+b: 9\n c: 3" in text
    assert '+ cidr_block = "10.0.0.0/16"' in text
    assert '! vpc_id = "vpc-1" -> "vpc-2"' in text


def test_no_secret_is_written(tmp_path: Path) -> None:
    write_report(report(NETWORK), tmp_path)
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    assert "password" in written
    assert "secret" not in written


def test_the_markdown_fits_a_comment() -> None:
    long = from_plan(plan(*[change("create", address=f"aws_vpc.v{n}", after={"x": "y" * 400}) for n in range(200)]))
    text = report(StackPlan("dev-long", "changes", changes=long), NETWORK).as_markdown()
    assert len(text) < MARKDOWN_LIMIT
    assert "see `dev-long.md`" in text
    assert "<summary>dev-network</summary>" in text


def test_files_of_an_earlier_command_go(tmp_path: Path) -> None:
    (tmp_path / "dev-old.md").touch()
    write_report(report(NETWORK), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dev-network.md",
        "index.html",
        "report.json",
        "report.md",
    ]
    assert json.loads((tmp_path / "report.json").read_text())["terraform"] == {"plan": {"processes": 2, "seconds": 3.0}}


EXPIRED = "ExpiredToken: The security token included in the request is expired"


def test_an_error_that_five_stacks_have_is_said_once_with_what_to_do() -> None:
    plans = [
        StackPlan(f"dev-{name}", "failed", diagnostics=(Diagnostic("error", EXPIRED, address=f"aws_vpc.{name}"),))
        for name in ("network", "cluster", "addons", "monitoring", "apps")
    ]
    found = report(*plans)
    assert [(stacks, str(problem)) for stacks, problem in found.problems()] == [
        ("dev-network, dev-cluster, dev-addons and 2 more", EXPIRED)
    ]
    (advice,) = found.cures()
    assert "aws sso login" in advice


def test_errors_of_resources_are_said_by_stack() -> None:
    plans = [
        StackPlan(name, "failed", diagnostics=(Diagnostic("error", "denied", address="aws_vpc.this"),))
        for name in ("dev-network", "prod-network")
    ]
    other = StackPlan("qa-network", "failed", diagnostics=(Diagnostic("error", "denied", address="aws_vpc.other"),))
    assert [stacks for stacks, _ in report(*plans, other).problems()] == ["dev-network, prod-network", "qa-network"]
