"""Node groups: one a zone for volumes on EBS, encrypted volumes of every image family."""

from __future__ import annotations

import base64
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.cluster.node_groups import NodeGroup
from constructs.cluster.node_group import release_parameter
from constructs.cluster.node_user_data import user_data
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack, Synthesized

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


def group_stack(vary: Vary, synthesize_one: SynthesizeOne, **settings: object) -> Stack:
    """Synthesize the cluster stack of `dev` with some settings of its node group changed."""
    return synthesize_one(vary({f"{GROUP}.{name}": value for name, value in settings.items()}))["dev-cluster"]


def user_data_of(stack: Stack) -> str:
    return base64.b64decode(stack.resource("aws_launch_template")["user_data"]).decode()


def test_nodes_without_settings_of_their_own_have_no_user_data(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert "user_data" not in group_stack(vary, synthesize_one).resource("aws_launch_template")


def test_al2023_takes_a_node_config(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    kubelet = {"kubelet": {"config": {"maxParallelImagePulls": 5}}}
    text = user_data_of(group_stack(vary, synthesize_one, node_config=kubelet, max_pods=58))
    head, part, _ = text.split("--//", 2)
    assert 'Content-Type: multipart/mixed; boundary="//"' in head
    mime, body = part.strip().split("\n\n")
    assert mime == "Content-Type: application/node.eks.aws"
    assert json.loads(body) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"kubelet": {"config": {"maxParallelImagePulls": 5, "maxPods": 58}}},
    }


def test_bottlerocket_takes_settings_as_toml(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings: dict[str, Any] = {
        "kernel": {"lockdown": "integrity"},
        "container-registry": {"mirrors": [{"registry": "docker.io", "endpoint": ["https://mirror.example.com"]}]},
        "kubernetes": {"node-labels": {"example.com/team": 'a "b"'}},
    }
    stack = group_stack(
        vary, synthesize_one, ami_type="BOTTLEROCKET_x86_64", bottlerocket_settings=settings, max_pods=58
    )
    expected = {**settings, "kubernetes": {**settings["kubernetes"], "max-pods": 58}}
    assert tomllib.loads(user_data_of(stack)) == {"settings": expected}


TOML = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), TOML, min_size=1, max_size=4))
def test_any_settings_of_bottlerocket_arrive(settings: dict[str, Any]) -> None:
    group = NodeGroup(ami_type="BOTTLEROCKET_x86_64", bottlerocket_settings=settings)
    text = base64.b64decode(user_data(group) or "").decode()
    assert tomllib.loads(text) == {"settings": settings}


@given(st.dictionaries(st.text(), TOML, min_size=1, max_size=4))
def test_any_node_config_arrives(settings: dict[str, Any]) -> None:
    text = base64.b64decode(user_data(NodeGroup(node_config=settings)) or "").decode()
    assert yaml.safe_load(text.split("\n\n")[2])["spec"] == settings


def test_volumes_have_a_key_iops_and_throughput(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    key = "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
    stack = group_stack(vary, synthesize_one, volume_kms_key_arn=key, volume_iops=4000, volume_throughput_mib=250)
    (volume,) = stack.resource("aws_launch_template")["block_device_mappings"]
    assert volume["ebs"].items() >= {"kms_key_id": key, "iops": 4000, "throughput": 250, "encrypted": "true"}.items()


def test_a_release_is_pinned_or_looked_up(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    pinned = group_stack(vary, synthesize_one, release_version="1.35.2-20260818", force_update_version=True)
    group = pinned.resource("aws_eks_node_group")
    assert (group["release_version"], group["force_update_version"]) == ("1.35.2-20260818", True)
    newest = group_stack(vary, synthesize_one, release_version="latest")
    ((id_, parameter),) = newest.data("aws_ssm_parameter").items()
    assert parameter["name"].startswith("/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/")
    release = newest.resource("aws_eks_node_group")["release_version"]
    assert release == f"${{data.aws_ssm_parameter.{id_}.insecure_value}}"


@pytest.mark.parametrize(
    ("ami_type", "parameter"),
    [
        (
            "AL2023_ARM_64_STANDARD",
            "eks/optimized-ami/1.35/amazon-linux-2023/arm64/standard/recommended/release_version",
        ),
        ("AL2023_x86_64_NVIDIA", "eks/optimized-ami/1.35/amazon-linux-2023/x86_64/nvidia/recommended/release_version"),
        ("AL2_x86_64_GPU", "eks/optimized-ami/1.35/amazon-linux-2-gpu/recommended/release_version"),
        ("AL2_ARM_64", "eks/optimized-ami/1.35/amazon-linux-2-arm64/recommended/release_version"),
        ("BOTTLEROCKET_x86_64", "bottlerocket/aws-k8s-1.35/x86_64/latest/image_version"),
        ("BOTTLEROCKET_ARM_64_NVIDIA_FIPS", "bottlerocket/aws-k8s-1.35-nvidia-fips/arm64/latest/image_version"),
    ],
)
def test_the_newest_release_stands_in_a_public_parameter(ami_type: str, parameter: str) -> None:
    assert release_parameter(ami_type, "1.35") == parameter


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("bottlerocket_settings: {a: b}", "bottlerocket_settings: is for images of BOTTLEROCKET, ami_type is AL2023"),
        (
            "ami_type: BOTTLEROCKET_x86_64, node_config: {a: b}",
            "node_config: is for images of AL2023, ami_type is BOTT",
        ),
        ("launch_template: false, max_pods: 20", "max_pods: has no effect while launch_template is false"),
        ("volume_throughput_mib: 1000", "volume_throughput_mib: 1000 needs 4000 iops, 3000 are set"),
        ("release_version: newest", "release_version: 'newest' is not latest or a release like 1.35.9-20260818"),
        ("max_pods: 300", "max_pods: 300 is above 250"),
        (
            "ami_type: BOTTLEROCKET_x86_64, bottlerocket_settings: {a: [{b: null}]}",
            "bottlerocket_settings.a[0].b: is null, which TOML does not have; leave it out",
        ),
    ],
)
def test_what_an_image_does_not_take_is_refused(settings: str, message: str, project: Project) -> None:
    (problem,) = project.problems_of(environment_text(cluster=f"node_groups: {{general: {{{settings}}}}}"))
    assert f"cluster.node_groups.general.{message}" in problem


def test_nodes_have_further_policies(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    policy = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
    stack = synthesize_one(vary({"cluster.node_policy_arns": [policy]}))["dev-cluster"]
    attached = [one["policy_arn"] for one in stack.resources("aws_iam_role_policy_attachment").values()]
    assert policy in attached
