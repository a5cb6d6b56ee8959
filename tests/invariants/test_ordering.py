"""What waits for what inside a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized


def waits_for(body: dict[str, object]) -> str:
    return " ".join(map(str, body.get("depends_on", [])))  # type: ignore[call-overload]


@pytest.fixture(params=["dev", "prod"])
def environment(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def cluster(environment: str, synthesized: Synthesized) -> Stack:
    return synthesized[f"{environment}-cluster"]


def test_network_addons_come_before_the_nodes(cluster: Stack) -> None:
    ids = {addon["addon_name"]: id_ for id_, addon in cluster.resources("aws_eks_addon").items()}
    assert set(ids) == {"vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns"}
    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        for group in cluster.resources("aws_eks_node_group").values():
            assert f"aws_eks_addon.{ids[name]}" in waits_for(group)
        assert "depends_on" not in cluster.resources("aws_eks_addon")[ids[name]]


def test_coredns_comes_after_the_nodes(cluster: Stack) -> None:
    (coredns,) = (a for a in cluster.resources("aws_eks_addon").values() if a["addon_name"] == "coredns")
    assert coredns["depends_on"] == [f"aws_eks_node_group.{id_}" for id_ in cluster.resources("aws_eks_node_group")]


def test_nodes_come_after_the_policies_of_their_role(cluster: Stack) -> None:
    policies = [id_ for id_, a in cluster.resources("aws_iam_role_policy_attachment").items() if "nodes" in a["role"]]
    assert len(policies) == 4
    for group in cluster.resources("aws_eks_node_group").values():
        assert all(f"aws_iam_role_policy_attachment.{id_}" in waits_for(group) for id_ in policies)


def test_the_control_plane_comes_after_its_log_group_and_policies(cluster: Stack) -> None:
    waiting = waits_for(cluster.resource("aws_eks_cluster"))
    (log_group,) = cluster.resources("aws_cloudwatch_log_group")
    assert f"aws_cloudwatch_log_group.{log_group}" in waiting
    assert "aws_iam_role_policy_attachment.eks_role" in waiting
    assert "aws_iam_role_policy.eks_role" in waiting


def test_the_csi_driver_comes_after_its_policy_and_before_the_storage_class(
    environment: str, synthesized: Synthesized
) -> None:
    stack = synthesized[f"{environment}-csi-addon"]
    assert "aws_iam_role_policy_attachment." in waits_for(stack.resource("aws_eks_addon"))
    (addon,) = stack.resources("aws_eks_addon")
    assert stack.resource("kubernetes_storage_class_v1")["depends_on"] == [f"aws_eks_addon.{addon}"]


def test_the_release_comes_after_its_namespace_secret_and_permissions(
    environment: str, synthesized: Synthesized
) -> None:
    stack = synthesized[f"{environment}-kube-prom-stack"]
    (namespace,) = stack.resources("kubernetes_namespace_v1")
    release = stack.release()
    assert release["namespace"] == f"${{kubernetes_namespace_v1.{namespace}.metadata[0].name}}"
    assert "kubernetes_secret_v1." in waits_for(release)
    assert "aws_iam_role_policy." in waits_for(release)


def test_nat_gateways_come_after_the_internet_gateway(environment: str, synthesized: Synthesized) -> None:
    stack = synthesized[f"{environment}-network"]
    (way_out,) = (id_ for id_, route in stack.resources("aws_route").items() if "gateway_id" in route)
    assert "aws_internet_gateway." in stack.resources("aws_route")[way_out]["gateway_id"]
    gateways = stack.resources("aws_nat_gateway").values()
    assert gateways
    assert all(gateway["depends_on"] == [f"aws_route.{way_out}"] for gateway in gateways)


def test_changes_of_a_bucket_come_one_after_another(environment: str, synthesized: Synthesized) -> None:
    stack = synthesized[f"{environment}-kube-prom-stack"]
    assert "aws_s3_bucket_public_access_block." in waits_for(stack.resource("aws_s3_bucket_policy"))
    assert "aws_s3_bucket_versioning." in waits_for(stack.resource("aws_s3_bucket_lifecycle_configuration"))
