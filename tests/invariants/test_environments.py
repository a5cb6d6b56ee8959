"""What the shipped environments deploy: the old layout's numbers in `dev`, and what sets `prod` apart."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from config import versions

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized

# Attributes whose values share one name space in an account (and region): two environments may not both have one.
GLOBAL_NAMES = {
    "aws_iam_role": ("name",),
    "aws_kms_alias": ("name",),
    "aws_cloudwatch_log_group": ("name",),
    "aws_eks_cluster": ("name",),
    "aws_launch_template": ("name",),
    "aws_s3_bucket": ("bucket",),
}


@pytest.fixture(scope="session")
def network(synthesized: Synthesized) -> Stack:
    return synthesized["dev-network"]


@pytest.fixture(scope="session")
def cluster(synthesized: Synthesized) -> Stack:
    return synthesized["dev-cluster"]


def named(stack: Stack, type_: str) -> dict[str, dict[str, object]]:
    """Return the resources of a type by their Name tag."""
    return {body["tags"]["Name"]: body for body in stack.resources(type_).values()}


class TestDevIsTheOldLayout:
    def test_vpc(self, network: Stack) -> None:
        assert {name: vpc["cidr_block"] for name, vpc in named(network, "aws_vpc").items()} == {
            "dev-main": "10.0.0.0/16"
        }
        assert network.json["provider"]["aws"][0]["region"] == "us-east-2"

    def test_subnets(self, network: Stack) -> None:
        subnets = {
            name: (subnet["cidr_block"], subnet["availability_zone"])
            for name, subnet in named(network, "aws_subnet").items()
        }
        assert subnets == {
            "dev-private-us-east-2a": ("10.0.0.0/19", "us-east-2a"),
            "dev-private-us-east-2b": ("10.0.32.0/19", "us-east-2b"),
            "dev-public-us-east-2a": ("10.0.64.0/19", "us-east-2a"),
            "dev-public-us-east-2b": ("10.0.96.0/19", "us-east-2b"),
        }

    def test_names(self, network: Stack) -> None:
        assert set(named(network, "aws_internet_gateway")) == {"dev-igw"}
        assert set(named(network, "aws_nat_gateway")) == {"dev-nat"}
        assert set(named(network, "aws_eip")) == {"dev-nat"}
        assert set(named(network, "aws_route_table")) == {"dev-private", "dev-public"}

    def test_subnets_are_tagged_for_load_balancers_of_their_own_cluster(self, network: Stack) -> None:
        for name, subnet in named(network, "aws_subnet").items():
            role = "internal-elb" if "private" in name else "elb"
            assert subnet["tags"] == {
                "Name": name,
                f"kubernetes.io/role/{role}": "1",
                "kubernetes.io/cluster/dev-gd9": "owned",
            }

    def test_cluster(self, cluster: Stack) -> None:
        eks = cluster.resource("aws_eks_cluster")
        assert (eks["name"], eks["version"]) == ("dev-gd9", "1.36")

    def test_node_groups(self, cluster: Stack) -> None:
        """Two of the kind that the old layout had one of, which lost volumes to the other zone."""
        groups = cluster.resources("aws_eks_node_group").values()
        assert len(groups) == 2
        for group in groups:
            assert group["node_group_name"].startswith("general-")
            assert group["capacity_type"] == "SPOT"
            assert group["instance_types"] == ["t3.medium", "t3a.medium"]
            assert group["scaling_config"] == {"desired_size": 2, "max_size": 5, "min_size": 0}
            assert group["labels"] == {"role": "general"}
            assert group["update_config"] == {"max_unavailable": 1}

    def test_node_policies(self, cluster: Stack) -> None:
        attached = {
            attachment["policy_arn"].rpartition("/")[2]
            for attachment in cluster.resources("aws_iam_role_policy_attachment").values()
            if "nodes" in attachment["role"]
        }
        assert attached == {
            "AmazonEKSWorkerNodePolicy",
            "AmazonEKS_CNI_Policy",
            "AmazonEC2ContainerRegistryReadOnly",
            "AmazonSSMManagedInstanceCore",
        }

    def test_monitoring(self, synthesized: Synthesized) -> None:
        stack = synthesized["dev-kube-prom-stack"]
        assert stack.resource("kubernetes_namespace_v1")["metadata"] == {
            "labels": {"monitoring": "prometheus", "pod-security.kubernetes.io/enforce": "privileged"},
            "name": "monitoring",
        }
        release = stack.release()
        assert (release["name"], release["chart"], release["version"]) == (
            "kube-prometheus-stack",
            "kube-prometheus-stack",
            versions.KUBE_PROMETHEUS_STACK.version,
        )


class TestProd:
    def test_three_zones_with_a_nat_gateway_each(self, synthesized: Synthesized) -> None:
        network = synthesized["prod-network"]
        assert len(network.resources("aws_subnet")) == 6
        gateways = network.resources("aws_nat_gateway").values()
        assert len({gateway["subnet_id"] for gateway in gateways}) == 3
        assert len({gateway["allocation_id"] for gateway in gateways}) == 3

    def test_nodes_stay(self, synthesized: Synthesized) -> None:
        groups = synthesized["prod-cluster"].resources("aws_eks_node_group").values()
        assert {group["capacity_type"] for group in groups} == {"ON_DEMAND"}

    def test_is_protected_from_deletion(self, synthesized: Synthesized) -> None:
        assert synthesized["prod-cluster"].resource("aws_eks_cluster")["deletion_protection"] is True

    def test_state_is_in_s3_encrypted_and_locked(self, synthesized: Synthesized) -> None:
        for name, stack in synthesized.stacks.items():
            if name.startswith("prod-"):
                backend = stack.json["terraform"]["backend"]["s3"]
                assert backend["key"] == f"{name}.tfstate"
                assert (backend["encrypt"], backend["use_lockfile"]) == (True, True)


def resolved(text: str, stack: Stack) -> str:
    """Replace references to attributes that this stack itself gives a value."""

    def value_of(match: re.Match[str]) -> str:
        type_, id_, attribute = match.groups()
        return str(stack.resources(type_)[id_][attribute])

    return re.sub(r"\$\{(aws_eks_cluster)\.([\w-]+)\.(name)\}", value_of, text)


def test_environments_share_no_global_name(synthesized: Synthesized) -> None:
    owners: dict[tuple[str, str], str] = {}
    for stack in synthesized.stacks.values():
        for type_, id_, body in stack.all_resources():
            for attribute in GLOBAL_NAMES.get(type_, ()):
                key = (type_, resolved(str(body[attribute]), stack))
                assert key not in owners, f"{stack.name}: {type_}.{id_} has the name of one in {owners[key]}"
                owners[key] = stack.name
    assert len(owners) > 20


def environment_of(stack: str) -> str:
    """Return the environment of a stack by its name."""
    (environment,) = (name for name in ("dev", "prod", "eks-anywhere", "minikube") if stack.startswith(f"{name}-"))
    return environment


def test_everything_is_tagged(synthesized: Synthesized) -> None:
    for name, stack in synthesized.stacks.items():
        environment = environment_of(name)
        if environment == "minikube":
            assert "aws" not in stack.json["provider"]
            continue
        expected = {"environment": environment, "managed-by": "cdktf", "project": "gd9"}
        (provider,) = stack.json["provider"]["aws"]
        assert provider["default_tags"] == [{"tags": expected}]
        for template in stack.resources("aws_launch_template").values():
            kinds = {spec["resource_type"]: spec["tags"] for spec in template["tag_specifications"]}
            assert set(kinds) == {"instance", "network-interface", "volume"}
            assert all(expected.items() <= tags.items() for tags in kinds.values())
        for addon in stack.resources("aws_eks_addon").values():
            if addon["addon_name"] == "aws-ebs-csi-driver":
                assert json.loads(addon["configuration_values"])["controller"]["extraVolumeTags"] == expected


def test_nothing_of_an_environment_is_written_into_the_code(synthesized: Synthesized) -> None:
    """A copy of `dev` under another name has that name wherever `dev` stood."""
    for name, stack in synthesized.stacks.items():
        other = {"dev": "prod"}.get(environment_of(name), "dev")
        assert not re.search(rf"(?<![/\w]){other}\b", json.dumps(stack.json)), name
