"""parliament, a linter for IAM policies, finds nothing in what roles may do, but what it does not know itself.

Policies of the shipped environments and of tests/data/everything.yaml, as IAM gets them: references to what Terraform
makes are replaced by values of their shape.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session  # type: ignore[import-untyped]  # botocore has no types
import pytest

from config.environment import Environment
from config.yaml_source import read_yaml
from tests.conftest import ROOT
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized

PYTHON = ROOT / ".tools/checkov/bin/python"
REFERENCES = {
    "aws_cloudwatch_log_group": "arn:aws:logs:us-east-2:123456789012:log-group:a",
    "aws_kms_key": "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d",
    "aws_prometheus_workspace": "arn:aws:aps:us-east-2:123456789012:workspace/ws-0a1b2c3d",
    "aws_s3_bucket": "arn:aws:s3:::a",
    "data.aws_caller_identity": "123456789012",
    "data.aws_route53_zone": "Z0123456789ABCDEFGHIJ",
    "data.terraform_remote_state": "vpc-0a1b2c3d",
}
# What is newer than the data of parliament 1.6.4 (2025-02), by issue and detail.
NEWER = {
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyIpPools.html
    ("UNKNOWN_ACTION", "Unknown action elasticloadbalancing:ModifyIpPools"),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html
    (
        "UNKNOWN_CONDITION_FOR_ACTION",
        "Unknown condition elasticloadbalancing:CreateAction for action elasticloadbalancing:AddTags",
    ),
}
LINTER = """
import json, sys
from parliament import analyze_policy_string
for name, policy in json.load(sys.stdin).items():
    for finding in analyze_policy_string(policy).findings:
        print(json.dumps([name, finding.issue, str(finding.detail)]))
"""


def as_iam(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement of a policy document as IAM has it."""
    conditions: dict[str, dict[str, Any]] = {}
    for condition in statement.get("condition", []):
        values = condition["values"]
        conditions.setdefault(condition["test"], {})[condition["variable"]] = values if len(values) > 1 else values[0]
    return {
        "Effect": statement.get("effect", "Allow"),
        "Action": statement["actions"],
        "Resource": statement["resources"],
        **({"Condition": conditions} if conditions else {}),
    }


def filled_in(text: str) -> str:
    """Replace references to what Terraform makes or looks up."""

    def value(match: re.Match[str]) -> str:
        type_ = re.match(r"(?:data\.)?[a-z0-9_]+", match[1])
        assert type_, match[0]
        return REFERENCES[type_[0]]

    return re.sub(r"\$\{([^}]+)}", value, text)


def policies_of(stacks: dict[str, Stack]) -> dict[str, str]:
    """Return the policies of roles by stack and id; those with principals are of resources, or trusts."""
    return {
        f"{stack.name} {id_}": filled_in(
            json.dumps({"Version": "2012-10-17", "Statement": [as_iam(part) for part in document["statement"]]})
        )
        for stack in stacks.values()
        for id_, document in stack.data("aws_iam_policy_document").items()
        if not any("principals" in part for part in document["statement"])
    }


def findings(policies: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return what the linter says: policy, issue and detail."""
    if not PYTHON.with_name("parliament").exists():
        pytest.skip("needs parliament in .tools/checkov: 'make test' installs it")
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", LINTER], input=json.dumps(policies), check=True, capture_output=True, text=True
    )
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def policies(synthesized: Synthesized, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = read_yaml(Path(__file__).parent / "data" / "everything.yaml", "everything.yaml").root
    assert root
    everything = Environment.model_validate_json(json.dumps(root.plain()))
    more = synthesize([everything], tmp_path_factory.mktemp("everything") / "cdktf.out")
    return policies_of({**synthesized.stacks, **more.stacks})


def test_nothing_is_found(policies: dict[str, str]) -> None:
    assert len(policies) > 20
    assert {(issue, detail) for _, issue, detail in findings(policies)} == NEWER


def test_what_the_linter_does_not_know_is_known_to_aws() -> None:
    operations = botocore.session.Session().get_service_model("elbv2").operation_names
    assert {"AddTags", "ModifyIpPools"} <= set(operations)


FAULTS: dict[str, dict[str, Any]] = {
    "UNKNOWN_ACTION": {"actions": ["s3:GetObjectt"]},
    "RESOURCE_MISMATCH": {"resources": ["arn:aws:s3:::a"]},
    "RESOURCE_STAR": {"actions": ["route53:GetChange"], "resources": ["*"]},
    "UNKNOWN_CONDITION_FOR_ACTION": {
        "condition": [{"test": "StringEquals", "variable": "ec2:Vpc", "values": ["vpc-1"]}]
    },
}


def test_faults_are_found() -> None:
    sound = {"actions": ["s3:GetObject"], "resources": ["${aws_s3_bucket.a_B.arn}/*"]}
    policies = {
        name: filled_in(json.dumps({"Version": "2012-10-17", "Statement": [as_iam({**sound, **change})]}))
        for name, change in {"sound": {}, **FAULTS}.items()
    }
    assert [(policy, issue) for policy, issue, _ in findings(policies)] == [(name, name) for name in FAULTS]
