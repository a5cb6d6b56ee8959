"""What an environment makes of outcomes: how strict a rule is, what is excepted and until when; and the reports."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from config.policy.packs import Pack
from config.policy.policy import PolicySettings
from operations.policies.findings import PolicyVerdict, judge_outcomes, rules_of
from operations.policies.formats import as_json, as_junit, as_sarif, as_text
from operations.policies.scan import Outcome, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

TODAY = date(2026, 11, 27)
ABOUT = {"title": "It is so", "severity": "high", "why": "it breaks", "remedy": "fix it"}
PACKS = {
    "strict": Pack.model_validate(
        {
            "rules": {
                "must": {**ABOUT, "enforcement": "mandatory", "check": "CKV_AWS_1"},
                "may": {**ABOUT, "check": "CKV_AWS_2"},
            }
        }
    ),
    "small": Pack.model_validate({"includes": ("must",), "rules": {"own": {**ABOUT, "check": "CKV_AWS_3"}}}),
}
CLUSTER = Resource("dev", "dev-cluster", "dev-cluster/eks/this", "aws_eks_cluster.this", {})
EXCUSED = {"rule": "must", "reason": "the vendor is slow", "expires": "2026-12-31"}


def settings(**given: Any) -> PolicySettings:
    return PolicySettings.model_validate_json(json.dumps(given))


def verdict(policy: PolicySettings, *outcomes: Outcome) -> PolicyVerdict:
    return judge_outcomes("dev", policy, rules_of(policy, PACKS), outcomes, TODAY)


def failing(rule: str, reasons: Mapping[str, str] | None = None) -> Outcome:
    resource = Resource("dev", "dev-cluster", "dev-cluster/eks/this", "aws_eks_cluster.this", reasons or {})
    return Outcome(rule, resource, has_passed=False)


class TestRules:
    def test_all_packs(self) -> None:
        assert list(rules_of(settings(), PACKS)) == ["must", "may", "own"]

    def test_one_pack_has_what_it_includes(self) -> None:
        assert list(rules_of(settings(packs=["small"]), PACKS)) == ["own", "must"]

    def test_stricter_looser_and_disabled(self) -> None:
        found = rules_of(settings(rules={"may": "mandatory", "must": "advisory", "own": "disabled"}), PACKS)
        assert {name: rule.enforcement for name, rule in found.items()} == {"must": "advisory", "may": "mandatory"}


class TestFailures:
    def test_a_mandatory_rule_fails_the_check_and_an_advisory_one_does_not(self) -> None:
        found = verdict(settings(), failing("may"), failing("must"))
        assert [(one.rule, one.is_failure) for one in found.findings] == [("must", True), ("may", False)]
        assert found.absent == ["own"]

    def test_a_rule_that_one_resource_fails_has_not_passed(self) -> None:
        passing = Outcome("must", CLUSTER, has_passed=True)
        assert verdict(settings(), passing).passed == {"must": "It is so"}
        assert verdict(settings(), passing, failing("must")).passed == {}

    def test_outcomes_of_others_do_not_count(self) -> None:
        other = Resource("prod", "prod-cluster", "prod-cluster/eks/this", "aws_eks_cluster.this", {})
        assert verdict(settings(), Outcome("must", other, has_passed=False)).findings == []


class TestExceptions:
    @pytest.mark.parametrize(
        ("changed", "is_failure"),
        [
            ({}, False),
            ({"expires": "2026-11-27"}, False),
            ({"expires": "2026-11-26"}, True),
            ({"expires": "never"}, False),
            ({"resource": "dev-cluster/*"}, False),
            ({"resource": "dev-network/*"}, True),
            ({"rule": "may"}, True),
        ],
    )
    def test_covers(self, changed: dict[str, str], is_failure: bool) -> None:  # noqa: FBT001 - of the table
        (found,) = verdict(settings(exceptions=[EXCUSED | changed]), failing("must")).findings
        assert found.is_failure is is_failure

    def test_an_expired_one_fails_the_check_even_for_an_advisory_rule(self) -> None:
        expired = EXCUSED | {"rule": "may", "expires": "2026-11-26"}
        found = verdict(settings(exceptions=[expired]), failing("may"))
        assert [one.is_failure for one in found.findings] == [True]
        assert "             the exception expired on 2026-11-26; fix it, or decide again" in list(as_text(found))

    def test_the_longest_one_counts(self) -> None:
        found = verdict(settings(exceptions=[EXCUSED | {"expires": "2026-01-01"}, EXCUSED]), failing("must"))
        assert found.failures == []

    def test_an_unused_one_is_named(self) -> None:
        found = verdict(settings(exceptions=[EXCUSED]))
        assert [one.rule for one in found.unused] == ["must"]
        assert "unused     exception  must  *: nothing needs it; remove it" in list(as_text(found))

    def test_a_reason_of_the_construct_is_one(self) -> None:
        (found,) = verdict(settings(), failing("must", {"CKV_AWS_1": "the key is AWS'"})).findings
        assert (found.is_failure, found.excepted) == (False, "the key is AWS'")


class TestReports:
    @pytest.fixture
    def found(self) -> PolicyVerdict:
        excuse = EXCUSED | {"rule": "own"}
        return verdict(settings(exceptions=[excuse]), failing("must"), failing("may"), failing("own"))

    def test_text(self, found: PolicyVerdict) -> None:
        assert list(as_text(found)) == [
            "mandatory  high      must  dev-cluster/eks/this",
            "             why: it breaks",
            "             do:  fix it",
            "advisory   high      may  dev-cluster/eks/this",
            "             why: it breaks",
            "             do:  fix it",
            "excepted   high      own  dev-cluster/eks/this: the vendor is slow",
            "dev: 1 failed, 1 advisory, 1 excepted; 0 rules passed, 0 concern nothing in it",
        ]

    def test_json(self, found: PolicyVerdict) -> None:
        (content,) = json.loads(as_json([found]))
        assert (content["environment"], content["exit_code"]) == ("dev", 1)
        assert [(one["rule"], one["is_failure"]) for one in content["findings"]] == [
            ("must", True),
            ("may", False),
            ("own", False),
        ]

    def test_sarif(self, found: PolicyVerdict) -> None:
        (run,) = json.loads(as_sarif([found]))["runs"]
        assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"must", "may", "own"}
        levels = {one["ruleId"]: (one["level"], "suppressions" in one) for one in run["results"]}
        assert levels == {"must": ("error", False), "may": ("note", False), "own": ("note", True)}
        (location,) = run["results"][0]["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "values/environments/dev.yaml"

    def test_junit(self, found: PolicyVerdict) -> None:
        suite = ET.fromstring(as_junit([found])).find("testsuite")  # noqa: S314 - of our own
        assert suite is not None
        assert {name: suite.get(name) for name in ("name", "tests", "failures", "skipped")} == {
            "name": "dev", "tests": "3", "failures": "1", "skipped": "2",
        }  # fmt: skip
        assert [case.get("classname") for case in suite if case.find("failure") is not None] == ["must"]
