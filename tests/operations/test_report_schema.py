"""The published schema of report.json: every report is as it says, and it says nothing that no report has."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]
import pytest

from config.paths import ROOT
from operations.judging.verdict import Effect, Verdict
from operations.planning.changes import Kind, from_plan
from operations.planning.stack_plan import StackPlan, Status
from operations.reports.report import TITLES, Report
from operations.terraform.events import Diagnostic
from tests.operations.plans import change, plan

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/report.schema.json").read_text(encoding="utf-8"))
CHANGES = from_plan(
    plan(
        change("create", after={"a": 1, "b": [True, None], "c": {"d": 1.5}}, after_unknown={"id": True}),
        change("delete create", before={"a": 1}, after={"a": 2}, replace_paths=[["a"]], address="aws_vpc.b"),
        change("update", before={"a": 1}, after={"a": 2}, importing={"id": "i"}, address="aws_vpc.c"),
        change("no-op", before={}, after={}, previous_address="aws_vpc.old", address="aws_vpc.d"),
        change("delete", before={"a": 1}, address="aws_vpc.e", action_reason="delete_because_no_resource_config"),
        vpc_id={"actions": ["update"], "before": "vpc-1", "after": "vpc-2"},
    )
)
STACK = StackPlan(
    "dev-network",
    "changes",
    changes=CHANGES,
    stand_ins={"dev-cluster": ("cluster_name",)},
    awaits=("dev-cluster",),
    verdicts=tuple(Verdict("aws_vpc.b", effect, "what", "reason", "way") for effect in Effect),
    diagnostics=tuple(Diagnostic(severity, "No", "Because", "a.b") for severity in ("error", "warning", "note")),
    seconds=1.234,
)


def check(report: Report) -> None:
    """Compare a report, as it is written, with the schema."""
    jsonschema.validate(json.loads(json.dumps(report.as_json())), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("command", sorted(set(TITLES) - {"diff"}))
@pytest.mark.parametrize("status", get_args(Status))
def test_every_report_is_as_it_says(command: str, status: Status) -> None:
    stacks = (replace(STACK, status=status), StackPlan("dev-apps", status))
    check(Report(command, stacks, {"plan": [1.0, 2.0]}, 2.5, ("before deploy of dev: notify",)))
    check(Report(command, (), {}, 0))


def test_every_field_has_a_description() -> None:
    fields = {
        f"{name}.{field}": body
        for name, model in (("report", SCHEMA), *SCHEMA["$defs"].items())
        for field, body in model["properties"].items()
    }
    assert [name for name, body in fields.items() if not {"description", "$ref"} & set(body)] == []


def test_it_names_what_the_code_has() -> None:
    definitions = SCHEMA["$defs"]
    assert set(definitions["stack"]["properties"]["status"]["enum"]) == set(get_args(Status))
    assert set(definitions["change"]["properties"]["kinds"]["items"]["enum"]) == set(get_args(Kind))
    assert set(definitions["verdict"]["properties"]["effect"]["enum"]) == set(Effect)


def test_a_report_with_anything_else_is_refused() -> None:
    content = {**Report("plan", (STACK,), {}, 0).as_json(), "another": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, SCHEMA, cls=jsonschema.Draft202012Validator)
