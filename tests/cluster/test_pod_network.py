"""Addresses of pods: blocks of addresses for nodes, and subnets of the pods' own."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from config.cluster.instance_types import FAMILIES_ON_XEN, is_on_nitro
from tests.core.project import environment_text
from tests.environments import DATA, read_environment

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack

PODS = "cidrs: {us-east-2a: {pods: 10.0.0.0/20}, us-east-2b: {pods: 10.0.16.0/20}}"


def configuration(stack: Stack) -> dict[str, Any]:
    """Return the configuration values of vpc-cni."""
    (addon,) = (one for one in stack.resources("aws_eks_addon").values() if one["addon_name"] == "vpc-cni")
    values: dict[str, Any] = json.loads(addon.get("configuration_values", "{}"))
    return values


def test_nothing_is_configured_by_default(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert configuration(synthesize_one(vary({}))["dev-cluster"]) == {}


def test_prefix_delegation_keeps_other_variables(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {
        "cluster.addons.vpc_cni.prefix_delegation": True,
        "cluster.addons.vpc_cni.configuration": {"env": {"WARM_PREFIX_TARGET": "1"}, "enableNetworkPolicy": "true"},
    }
    assert configuration(synthesize_one(vary(settings))["dev-cluster"]) == {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    }


def test_false_is_said_as_the_provider_keeps_what_is_left_out(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {"cluster.addons.vpc_cni": {"prefix_delegation": False, "custom_networking": False}}
    assert configuration(synthesize_one(vary(settings))["dev-cluster"]) == {
        "env": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false", "ENABLE_PREFIX_DELEGATION": "false"},
    }


def test_each_zone_has_an_eniconfig_of_its_name(synthesize_one: SynthesizeOne) -> None:
    """The label by which the CNI chooses one has the name of the node's zone."""
    stack = synthesize_one(read_environment(DATA / "inside.yaml"))["inside-cluster"]
    found = configuration(stack)
    assert found["env"] == {
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
        "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
    }
    assert found["eniConfig"]["create"] is True
    assert found["eniConfig"]["region"] == "us-east-2"
    for zone in ("us-east-2a", "us-east-2b"):
        config = found["eniConfig"]["subnets"][zone]
        assert set(config) == {"id", "securityGroups"}
        subnet = stack.json["locals"][config["id"].removeprefix("${local.").removesuffix("}")]
        assert f'["{zone}"]' in subnet
        assert ".outputs.pods_subnet_ids" in subnet
        assert config["securityGroups"][0].endswith(".vpc_config[0].cluster_security_group_id}")
    assert list(stack.data("terraform_remote_state")) == ["state-network"]


@pytest.mark.parametrize(
    ("network", "cluster", "told"),
    [
        ("", "addons: {vpc_cni: {custom_networking: true}}", "addons.vpc_cni.custom_networking: needs a subnet for pods in each zone, us-east-2a, us-east-2b has none: give it in network.cidrs.ZONE.pods"),
        ("cidrs: {us-east-2a: {pods: 10.0.0.0/20}}", "addons: {vpc_cni: {custom_networking: true}}", "addons.vpc_cni.custom_networking: needs a subnet for pods in each zone, us-east-2b has none: give it in network.cidrs.ZONE.pods"),
        (PODS, "addons: {vpc_cni: {custom_networking: true, configuration: {eniConfig: {create: false}}}}", "addons.vpc_cni.configuration.eniConfig: is decided by custom_networking; remove it"),
        (PODS, "addons: {vpc_cni: {custom_networking: true, enabled: false}}", "addons.vpc_cni.custom_networking: has no effect while enabled is false"),
        ("", 'addons: {vpc_cni: {prefix_delegation: true, configuration: {env: {ENABLE_PREFIX_DELEGATION: "false"}}}}', "addons.vpc_cni.configuration.env.ENABLE_PREFIX_DELEGATION: is decided by the settings of the add-on; remove it"),
        ("cidrs: {us-east-2a: {private: 10.0.0.0/27}}", "addons: {vpc_cni: {prefix_delegation: true}}", "addons.vpc_cni.prefix_delegation: finds no whole /28 in 10.0.0.0/27, the block of pods in us-east-2a; it needs a /26 or larger"),
    ],
)  # fmt: skip
def test_what_gives_pods_no_addresses_is_refused(network: str, cluster: str, told: str, project: Project) -> None:
    project.refuses(f"cluster.{told}", network=network, cluster=f"{cluster} # <-")


def test_prefixes_are_for_nitro_alone(project: Project) -> None:
    project.refuses(
        "cluster.node_groups.general.instance_types[1]: t2.large is not on Nitro, which addons.vpc_cni.prefix_delegation needs",
        cluster="addons: {vpc_cni: {prefix_delegation: true}}\nnode_groups: {general: {instance_types: [t3.large, t2.large]}} # <-",
    )


def test_the_families_on_xen_are_families_of_ec2() -> None:
    types = botocore.session.Session().get_service_model("ec2").shape_for("InstanceType").enum
    assert {one.partition(".")[0] for one in types} >= FAMILIES_ON_XEN
    assert [
        one for one in ("t3.medium", "i3.metal", "p3dn.24xlarge", "m5.large", "a1.large") if not is_on_nitro(one)
    ] == []
    assert [one for one in ("t2.medium", "i3.large", "m4.large", "x1e.xlarge") if is_on_nitro(one)] == []


IPV6 = {"network.ipv6": True, "cluster.ip_family": "ipv6"}


def test_a_cluster_with_ipv6(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stacks = synthesize_one(vary(IPV6))
    cluster = stacks["dev-cluster"]
    assert cluster.resource("aws_eks_cluster")["kubernetes_network_config"] == {"ip_family": "ipv6"}
    attached = {
        one["policy_arn"]
        for id_, one in cluster.resources("aws_iam_role_policy_attachment").items()
        if id_.startswith("nodes_")
    }
    assert not any(arn.endswith("AmazonEKS_CNI_Policy") for arn in attached)
    (policy,) = (one for id_, one in cluster.resources("aws_iam_role_policy").items() if id_.startswith("nodes_"))
    actions = {action for part in cluster.policy_document(policy["policy"])["statement"] for action in part["actions"]}
    # https://github.com/awsdocs/amazon-eks-user-guide: iam_policies/AmazonEKS_CNI_IPv6_Policy.json
    assert actions == {
        "ec2:AssignIpv6Addresses", "ec2:DescribeInstances", "ec2:DescribeTags", "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeInstanceTypes", "ec2:CreateTags",
    }  # fmt: skip


def test_load_balancers_reach_pods_with_ipv6(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    workload = {
        "image": "registry.example.com/app:1",
        "ports": {"http": 80},
        "service": {"type": "LoadBalancer", "ports": {"http": 80}},
    }
    settings = {
        **IPV6,
        "cluster_addons.aws_load_balancer_controller": {"enabled": True},
        "workloads": {"app": workload},
    }
    stacks = synthesize_one(vary(settings))
    controller = stacks["dev-cluster-addons"].values("aws-load-balancer-controller")
    assert controller["ingressClassParams"] == {"spec": {"ipAddressType": "dualstack"}}
    assert '"aws-load-balancer-ip-address-type": "dualstack"' in json.dumps(stacks["dev-workloads"].json).replace(
        "\\", ""
    ).replace("service.beta.kubernetes.io/", "")


@pytest.mark.parametrize(
    ("top", "network", "cluster", "told"),
    [
        ("", "", "", "ip_family: needs network.ipv6"),
        ("", "ipv6: true", "service_ipv4_cidr: 172.20.0.0/16", "service_ipv4_cidr: cannot be used with ip_family ipv6, for which EKS chooses the block"),
        ("", f"ipv6: true\n{PODS}", "addons: {vpc_cni: {custom_networking: true}}", "addons.vpc_cni.custom_networking: cannot be used with ip_family ipv6"),
        ("", "ipv6: true", "addons: {vpc_cni: {enabled: false}}", "addons.vpc_cni.enabled: must be true with ip_family ipv6, which EKS sets up in the add-on"),
        ("", "ipv6: true", "node_groups: {general: {instance_types: [m4.large]}}", "node_groups.general.instance_types[0]: m4.large is not on Nitro, which ip_family ipv6 needs"),
        ("region: cn-north-1", "zones: [cn-north-1a, cn-north-1b]\nipv6: true", "", "ip_family: EKS has no clusters with IPv6 in China, region is cn-north-1"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_ipv6_is_refused(
    top: str, network: str, cluster: str, told: str, project: Project
) -> None:
    text = environment_text(top=top, network=network, cluster=f"ip_family: ipv6\n{cluster}")
    problems = project.problems_of(text)
    assert [problem.split(": ", 1)[1] for problem in problems] == [f"cluster.{told}"]
