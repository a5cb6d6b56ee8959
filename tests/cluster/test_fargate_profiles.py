"""Fargate profiles: which pods, where, and by which role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project

SELECTORS = [{"namespace": "batch", "labels": {"compute": "fargate"}}, {"namespace": "jobs-*"}]


def test_a_profile_has_its_pods_zones_and_role(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    profile = {"selectors": SELECTORS, "zones": ["us-east-2b"]}
    stack = synthesize_one(vary({"cluster.fargate_profiles": {"batch": profile}}))["dev-cluster"]
    made = stack.resource("aws_eks_fargate_profile")
    assert (made["fargate_profile_name"], made["selector"]) == ("batch", SELECTORS)
    assert '["us-east-2b"]' in made["subnet_ids"]
    (role,) = (one for one in stack.resources("aws_iam_role").values() if one["name"] == "dev-gd9-fargate")
    (trust,) = stack.policy_document(role["assume_role_policy"])["statement"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["eks-fargate-pods.amazonaws.com"]}]
    assert trust["condition"][0]["values"][0].endswith(":fargateprofile/dev-gd9/*")


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("{selectors: []}", "selectors: "),
        ("{selectors: [{namespace: Batch}]}", "selectors[0].namespace: 'Batch' is not a namespace"),
        ("{selectors: [{namespace: a}], zones: [us-east-2c]}", "zones[0]: us-east-2c is not one of network.zones"),
    ],
)
def test_what_eks_refuses(profile: str, told: str, project: Project) -> None:
    problem = "\n".join(project.problems_of(environment_text(cluster=f"fargate_profiles: {{batch: {profile}}}")))
    assert f"cluster.fargate_profiles.batch.{told}" in problem
