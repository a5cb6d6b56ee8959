"""Settings that keep a cluster as an earlier tool made it: what they permit, and what stays refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary

ENDED = {"cluster.version": "1.26", "cluster.allow_unlisted_version": True}


def test_an_ended_version_is_permitted_by_name(vary: Vary) -> None:
    assert vary(ENDED).cluster.version == "1.26"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cluster.version": "1.26"}, "'1.26' is no Kubernetes version that this release knows"),
        ({**ENDED, "cluster.version": "1.999"}, "'1.999' is no Kubernetes version that this release knows"),
        ({"cluster.node_groups.general.ami_type": "AL2_x86_64"}, "AL2_x86_64 ended with Kubernetes 1.32"),
        ({"cluster.encrypt_secrets": False, "cluster.kms_key_arn": "arn:aws:kms:us-east-2:123456789012:key/1"},
         "has no effect while encrypt_secrets is false"),
        ({"cluster.endpoint_public_access_from_anywhere": True}, "has no effect while endpoint_public_access is false"),
        ({"cluster.authentication_mode": "CONFIG_MAP"}, "needs authentication_mode API_AND_CONFIG_MAP or API"),
        ({"cluster.role_name": "a/path"}, "'a/path' is not the name of an IAM role"),
        ({"network.nat_gateway_zone": "us-east-2c"}, "us-east-2c is not one of zones"),
    ],
)  # fmt: skip
def test_fails_without_what_it_needs(settings: dict[str, Any], message: str, vary: Vary) -> None:
    with pytest.raises(ValidationError, match=message):
        vary(settings)


def test_everybody_and_somebody_are_not_both_let_in(vary: Vary) -> None:
    with pytest.raises(ValidationError, match="has no effect while endpoint_public_access_from_anywhere is true"):
        vary({
            "cluster.endpoint_public_access": True,
            "cluster.endpoint_public_access_from_anywhere": True,
            "cluster.endpoint_public_access_cidrs": ["54.240.0.0/24"],
        })  # fmt: skip


def test_nodes_without_a_launch_template_have_their_disk_by_eks(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    cluster = synthesize_one(vary({"cluster.node_groups.general.launch_template": False}))["dev-cluster"]
    group = cluster.resource("aws_eks_node_group")
    assert (group["disk_size"], "launch_template" in group) == (50, False)
    assert cluster.resources("aws_launch_template") == {}


def test_a_cluster_without_encryption_needs_no_key(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    cluster = synthesize_one(vary({"cluster.encrypt_secrets": False}))["dev-cluster"]
    assert "encryption_config" not in cluster.resource("aws_eks_cluster")
    assert not any("secrets" in id_ for id_ in cluster.resources("aws_kms_key"))
    assert not any("secrets" in id_ for id_ in cluster.resources("aws_iam_role_policy"))
