"""Thanos on a bucket that exists: nothing of it is made, and the roles may use just it and its key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack, Synthesized

BUCKET = "arn:aws:s3:::all-blocks"


def resources_of(stack: Stack, action: str) -> set[str]:
    """Return what the policies of a stack permit an action on."""
    return {
        resource
        for document in stack.data("aws_iam_policy_document").values()
        for statement in document["statement"]
        if action in statement.get("actions", ())
        for resource in statement["resources"]
    }


def test_it_is_used_and_not_made(everything: Synthesized) -> None:
    stack = everything["existing-kube-prom-stack"]
    assert stack.resources("aws_s3_bucket") == {}
    assert resources_of(stack, "s3:ListBucket") == {BUCKET}
    assert resources_of(stack, "s3:PutObject") == {f"{BUCKET}/*"}
    assert resources_of(stack, "kms:GenerateDataKey") == {"arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"}
    (secret,) = (one for one in stack.resources("kubernetes_secret_v1").values() if "objstore.yml" in one["data"])
    config: dict[str, Any] = json.loads(secret["data"]["objstore.yml"])
    assert config["config"]["bucket"] == "all-blocks"


def test_a_bucket_without_a_key_needs_none(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    thanos = {"enabled": True, "existing_bucket": {"name": "all-blocks"}}
    stack = synthesize_one(vary({"kube_prom_stack.thanos": thanos}))["dev-kube-prom-stack"]
    assert resources_of(stack, "s3:GetObject") == {f"{BUCKET}/*"}
    assert resources_of(stack, "kms:Decrypt") == set()


@pytest.mark.parametrize(
    ("thanos", "problem"),
    [
        ("existing_bucket: {name: blocks}", "existing_bucket: has no effect while enabled is false"),
        ("enabled: true, bucket_name: a-b-c, existing_bucket: {name: blocks}", "bucket_name: is for a bucket of its"),
    ],
)
def test_problem(thanos: str, problem: str, project: Project) -> None:
    found = project.problems_of(environment_text(kube_prom_stack=f"thanos: {{{thanos}}}"))
    assert any(f": kube_prom_stack.thanos.{problem}" in one for one in found), found
