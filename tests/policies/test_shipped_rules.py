"""Every shipped rule fails what it is about and passes what is right, in a stack and in a plan; environments pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.policy.pack_files import SHIPPED, pack_files, rule_names
from config.policy.packs import all_rules, read_packs
from operations.policies.scan import scan
from operations.policies.subject import Subject, planned
from tests.programs import need

EXAMPLES: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("examples.yaml").read_text(encoding="utf-8")
)
RULES = all_rules({name: pack for name, pack in read_packs().items() if pack_files()[name].parent == SHIPPED})
Results = dict[tuple[str, str, str], set[bool]]


def configuration_of(example: dict[str, Any]) -> dict[str, Any]:
    """Return an example as the Terraform JSON of a stack."""
    resources = {type_: bodies for type_, bodies in example.items() if type_ not in ("settings", "data")}
    return {"resource": resources, "data": example.get("data", {})}


def plan_of(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the plan that creates a stack: references are not known yet, and blocks are lists."""
    return {
        "resource_changes": [
            {"address": f"{type_}.{name}", "type": type_, "name": name, "change": {"after": as_planned(body)}}
            for type_, bodies in configuration["resource"].items()
            for name, body in bodies.items()
        ]
    }


def as_planned(body: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a resource as a plan has them."""
    maps = ("parameters", "labels")
    found = {}
    for key, value in body.items():
        if isinstance(value, str) and "${" in value:
            continue
        blocks = value if isinstance(value, list) else [value]
        if key not in maps and all(isinstance(block, dict) for block in blocks) and blocks:
            found[key] = [as_planned(block) for block in blocks]
        else:
            found[key] = value
    return found


@pytest.fixture(scope="module")
def results() -> Results:
    """Give whether each rule passes or fails in each example, as configured and as planned."""
    need("checkov")
    subjects = []
    for rule, kinds in EXAMPLES.items():
        for kind, example in kinds.items():
            configuration = configuration_of(example)
            for how, stack in (
                ("configured", configuration),
                ("planned", planned(configuration, plan_of(configuration))),
            ):
                subjects.append(Subject(f"{rule}.{kind}.{how}", example.get("settings", {}), {"stack": stack}))
    found: Results = {}
    for outcome in scan(subjects, RULES):
        rule, kind, how = outcome.resource.environment.split(".")
        if outcome.rule == rule:
            found.setdefault((rule, kind, how), set()).add(outcome.has_passed)
    return found


def test_every_rule_has_examples() -> None:
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("how", ["configured", "planned"])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_fails_and_passes(rule: str, how: str, results: Results) -> None:
    assert results.get((rule, "fails", how)) == {False}
    assert results.get((rule, "passes", how)) == {True}


def test_names_are_found_without_reading_the_packs() -> None:
    assert rule_names(Path("nowhere")) == list(RULES)
