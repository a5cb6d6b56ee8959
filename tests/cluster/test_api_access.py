"""Who reaches the private endpoint of the Kubernetes API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Synthesized

RULE = "aws_vpc_security_group_ingress_rule"
CLUSTERS_GROUP = "${aws_eks_cluster.eks_this_1E163ACC.vpc_config[0].cluster_security_group_id}"


def test_the_private_api_admits_blocks_and_security_groups_by_https(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {
        "cluster.endpoint_private_access_cidrs": ["10.0.0.0/16", "192.168.0.0/20"],
        "cluster.endpoint_private_access_security_group_ids": ["sg-0a1b2c3d4e5f60718"],
    }
    rules = synthesize_one(vary(settings))["dev-cluster"].resources(RULE).values()
    sources = [rule.get("cidr_ipv4") or rule["referenced_security_group_id"] for rule in rules]
    assert sources == ["10.0.0.0/16", "192.168.0.0/20", "sg-0a1b2c3d4e5f60718"]
    for rule in rules:
        assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 443, 443)
        assert rule["security_group_id"] == CLUSTERS_GROUP


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_shipped_environments_admit_runners_of_their_vpc(environment: str, synthesized: Synthesized) -> None:
    vpc = synthesized[f"{environment}-network"].resource("aws_vpc")["cidr_block"]
    assert synthesized[f"{environment}-cluster"].resource(RULE)["cidr_ipv4"] == vpc


def test_a_private_api_that_lets_nobody_in_is_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.environment()
    assert capsys.readouterr().err == (
        "values/environments/dev.yaml:5: cluster: only nodes reach the Kubernetes API, and whatever else has rules of "
        "its own in the cluster's security group; admit runners, a VPN or peered networks by "
        "endpoint_private_access_cidrs\n"
    )


@pytest.mark.parametrize(
    "settings",
    [
        "endpoint_private_access_cidrs: [10.0.0.0/8]",
        "endpoint_private_access_security_group_ids: [sg-0a1b2c3d]",
        "security_group_ids: [sg-0a1b2c3d]",
        "endpoint_public_access: true\nendpoint_public_access_cidrs: [54.240.0.0/24]",
    ],
)
def test_an_api_that_lets_someone_in_is_not(
    settings: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.environment(cluster=settings)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("block", ["0.0.0.0/0", "128.0.0.0/1"])
def test_the_private_api_is_not_for_everybody(block: str, project: Project) -> None:
    project.refuses(
        f"cluster.endpoint_private_access_cidrs[0]: {block} opens the API to everyone; name your own blocks, "
        "/8 or smaller",
        cluster=f"endpoint_private_access_cidrs: [{block}] # <-",
    )


def test_blocks_without_a_private_endpoint_have_no_effect(project: Project) -> None:
    project.refuses(
        "cluster.endpoint_private_access_cidrs: has no effect while endpoint_private_access is false",
        cluster="endpoint_private_access: false\nendpoint_public_access: true\n"
        "endpoint_public_access_from_anywhere: true\nendpoint_private_access_cidrs: [10.0.0.0/16] # <-",
    )


def test_further_security_groups_of_the_control_plane(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    groups = ["sg-0a1b2c3d4e5f60718", "sg-1a1b2c3d4e5f60718"]
    cluster = synthesize_one(vary({"cluster.security_group_ids": groups}))["dev-cluster"].resource("aws_eks_cluster")
    assert cluster["vpc_config"]["security_group_ids"] == groups


def test_at_most_four_further_security_groups(project: Project) -> None:
    groups = ", ".join(f"sg-0a1b2c3{number}" for number in range(5))
    project.refuses(
        "cluster.security_group_ids: 5 given; AWS takes at most 4", cluster=f"security_group_ids: [{groups}] # <-"
    )
