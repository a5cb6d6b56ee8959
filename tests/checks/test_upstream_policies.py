"""The comparison of a role's permissions with those of a controller's own policy."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from checks.upstream_policies import differences
from config.core.errors import UsageError
from config.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.synthesis import Synthesized

READ = {"actions": ["route53:ListHostedZones", "route53:ListTagsForResource*"]}
DENIED = {"effect": "Deny", "actions": ["s3:*"]}
STACK: dict[str, Any] = {
    "data": {
        "aws_iam_policy_document": {
            "external-dns_role_policy-read_1": {"statement": [READ, DENIED]},
            "external-dns_role_policy-change_2": {"statement": [{"actions": ["route53:ChangeResourceRecordSets"]}]},
            "external-dns_role_trust_3": {"statement": [{"actions": ["sts:AssumeRoleWithWebIdentity"]}]},
            "velero_role_policy-back-up_4": {"statement": [{"actions": ["s3:GetObject"]}]},
        }
    }
}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            {"Action": ["route53:changeresourcerecordsets", "route53:List*"], "Effect": "Allow"},
            ["only upstream: route53:List*"],
        ),
        (
            [
                {"Action": "route53:ChangeResourceRecordSets", "Effect": "Allow"},
                {"Action": ["route53:ListHostedZones", "route53:ListTagsForResources"], "Effect": "Allow"},
                {"Action": "s3:GetObject", "Effect": "Deny"},
            ],
            ["only here: route53:ListTagsForResource*"],
        ),
    ],
)
def test_what_one_side_alone_allows(statements: Any, expected: list[str]) -> None:
    assert list(differences(STACK, "external-dns", {"Statement": statements})) == expected


def test_a_role_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no policy document whose id begins with kiali"):
        list(differences(STACK, "kiali", {"Statement": []}))


@pytest.mark.parametrize(
    ("stack", "prefix"),
    [
        ("everything-cluster-addons", "load-balancer-controller"),
        ("everything-cluster-addons", "cluster-autoscaler"),
        ("everything-cluster-addons", "velero"),
    ],
)
def test_the_ids_of_the_project_are_found(everything: Synthesized, stack: str, prefix: str) -> None:
    found = list(differences(everything[stack].json, prefix, {"Statement": []}))
    assert found
    assert all(line.startswith("only here: ") for line in found)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"Statement": []}))
    command = [sys.executable, "-m", "checks.upstream_policies", "no-such-stack", "velero", str(policy)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "cdk.tf.json:1: file: does not exist\n")
