"""parliament, a linter for IAM policies, finds nothing in what roles may do, but what it does not know itself.

Policies of the shipped environments and of tests/data/everything.yaml, as IAM gets them: references to what Terraform
makes are replaced by values of their shape.
"""

from __future__ import annotations

import ast
import json
import subprocess
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from config.paths import ROOT
from tests.iam import as_policy
from tests.programs import need

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized

PYTHON = ROOT / ".tools/checkov/bin/python"
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
# A request that concerns two resources needs a permission for each; one statement each lets them have conditions of
# their own. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-manage-snapshots
ONE_STATEMENT_A_RESOURCE = {
    ("RESOURCE_MISMATCH", f"[{{'action': '{action}', 'required_format': 'arn:*:ec2:*:{account}:{resource}/*'}}]")
    for action, account, resource in (
        ("ec2:CreateSnapshot", "*", "volume"),
        ("ec2:CreateSnapshot", "", "snapshot"),
        ("ec2:CreateVolume", "*", "volume"),
    )
}
# Parameters of AWS itself belong to no account.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
OF_NO_ACCOUNT = {
    ("RESOURCE_MISMATCH", "[{'action': 'ssm:GetParameter', 'required_format': 'arn:*:ssm:*:*:parameter/*'}]")
}
# Launches concern many resources at once; upstream divides their statements alike.
# https://karpenter.sh/docs/reference/cloudformation/
LAUNCHES = {"ec2:CreateFleet", "ec2:RunInstances"}
LINTER = """
import json, sys
from parliament import analyze_policy_string
for name, policy in json.load(sys.stdin).items():
    for finding in analyze_policy_string(policy).findings:
        print(json.dumps([name, finding.issue, str(finding.detail)]))
"""


def policies_of(stacks: dict[str, Stack]) -> dict[str, str]:
    """Return the policies of roles by stack and id; those with principals are of resources, or trusts."""
    return {
        f"{stack.name} {id_}": as_policy(document["statement"])
        for stack in stacks.values()
        for id_, document in stack.data("aws_iam_policy_document").items()
        if not any("principals" in part for part in document["statement"])
    }


def findings(policies: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return what the linter says: policy, issue and detail."""
    need("parliament")
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", LINTER], input=json.dumps(policies), check=True, capture_output=True, text=True
    )
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def policies(synthesized: Synthesized, everything: Synthesized) -> dict[str, str]:
    return policies_of({**synthesized.stacks, **everything.stacks})


def test_nothing_is_found(policies: dict[str, str]) -> None:
    assert len(policies) > 20
    found = {(issue, detail) for _, issue, detail in findings(policies) if not is_part_of_a_launch(issue, detail)}
    assert found == NEWER | ONE_STATEMENT_A_RESOURCE | OF_NO_ACCOUNT


def is_part_of_a_launch(issue: str, detail: str) -> bool:
    """Return whether the linter misses resources of launches in a statement, which another one has."""
    return issue == "RESOURCE_MISMATCH" and {one["action"] for one in ast.literal_eval(detail)} <= LAUNCHES


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
    policies = {name: as_policy([{**sound, **change}]) for name, change in {"sound": {}, **FAULTS}.items()}
    assert [(policy, issue) for policy, issue, _ in findings(policies)] == [(name, name) for name in FAULTS]
