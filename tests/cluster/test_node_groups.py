"""Node groups: one a zone for volumes on EBS, encrypted volumes of every image family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Synthesized

GROUP = "cluster.node_groups.general"


@pytest.mark.parametrize(("environment", "zones"), [("dev", "ab"), ("prod", "abc")])
def test_shipped_node_groups_are_in_one_zone_each(environment: str, zones: str, synthesized: Synthesized) -> None:
    groups = synthesized[f"{environment}-cluster"].resources("aws_eks_node_group").values()
    assert [group["node_group_name"].rpartition("-")[0] for group in groups] == [
        f"general-us-east-2{zone}" for zone in zones
    ]
    for group, zone in zip(groups, zones, strict=True):
        assert f'["us-east-2{zone}"]' in group["subnet_ids"]
        assert "subnet_ids" not in group["lifecycle"]["ignore_changes"]


def test_the_group_over_all_zones_goes_when_the_first_by_zone_is_there(
    vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    stack = synthesize_one(vary({f"{GROUP}.one_group_per_zone": True}))["dev-cluster"]
    moved = {move["to"]: move["from"] for move in stack.json["moved"]}
    first, second = stack.resources("aws_eks_node_group")
    assert moved[f"aws_eks_node_group.{first}"] == "aws_eks_node_group.node-group-general_this_A5702BF8"
    assert f"aws_eks_node_group.{second}" not in moved


def test_some_zones_have_one_group_each(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {f"{GROUP}.one_group_per_zone": True, f"{GROUP}.zones": ["us-east-2b"]}
    group = synthesize_one(vary(settings))["dev-cluster"].resource("aws_eks_node_group")
    assert group["node_group_name"].startswith("general-us-east-2b-")


def test_a_group_and_a_part_of_another_have_two_names(project: Project) -> None:
    project.refuses(
        "cluster.node_groups.general-us-east-2a: is also the name of general in a zone, by one_group_per_zone",
        cluster="node_groups:\n  general: {one_group_per_zone: true}\n  general-us-east-2a: {} # <-",
    )


def test_a_group_over_zones_whose_pods_have_volumes_is_told(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = "endpoint_private_access_cidrs: [10.0.0.0/16]\nnode_groups:\n  general: {{{}}}"
    scaled = "cluster_autoscaler: {enabled: true}"
    project.environment(cluster=cluster.format(""), cluster_addons=scaled)
    assert "node_groups.general: spans 2 zones: a pod whose volume on EBS is in one" in capsys.readouterr().err
    project.environment(cluster=cluster.format("one_group_per_zone: true"), cluster_addons=scaled)
    project.environment(cluster=cluster.format("zones: [us-east-2a]"), cluster_addons=scaled)
    project.environment(cluster=cluster.format(""))
    assert capsys.readouterr().err == ""


def test_spot_nodes_of_one_type_are_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = (
        "endpoint_private_access_cidrs: [10.0.0.0/16]\n"
        "node_groups:\n  general: {{capacity_type: SPOT, instance_types: [{}]}}"
    )
    project.environment(cluster=cluster.format("t3.medium"))
    assert "general.instance_types: SPOT nodes of one type are taken away all at once" in capsys.readouterr().err
    project.environment(cluster=cluster.format("t3.medium, t3a.medium"))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("ami_type", ["BOTTLEROCKET_x86_64", "BOTTLEROCKET_x86_64_FIPS"])
def test_both_volumes_of_bottlerocket_are_encrypted(ami_type: str, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {f"{GROUP}.ami_type": ami_type, f"{GROUP}.disk_size_gib": 80}
    template = synthesize_one(vary(settings))["dev-cluster"].resource("aws_launch_template")
    volumes = {volume["device_name"]: volume["ebs"] for volume in template["block_device_mappings"]}
    assert {device: ebs.get("volume_size") for device, ebs in volumes.items()} == {"/dev/xvda": None, "/dev/xvdb": 80}
    assert {ebs["encrypted"] for ebs in volumes.values()} == {"true"}


@pytest.mark.parametrize("mode", ["CONFIG_MAP", "API"])
def test_a_new_cluster_with_config_map_has_its_creator_as_administrator(
    mode: str, vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    settings = {
        "cluster.authentication_mode": mode,
        "cluster.enable_cluster_creator_admin_permissions": mode == "API",
    }
    access = synthesize_one(vary(settings))["dev-cluster"].resource("aws_eks_cluster")["access_config"]
    assert access["bootstrap_cluster_creator_admin_permissions"] is (mode == "CONFIG_MAP")
