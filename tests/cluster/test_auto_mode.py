"""EKS Auto Mode: what it asks of the cluster, what it takes the place of, and what cannot be used with it."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack, Synthesized

AUTO: dict[str, Any] = {"cluster.node_scaling": "auto-mode", "cluster_addons": {}}
ALONE = {**AUTO, "cluster.node_groups": {}}


def role_id(stack: Stack, ending: str) -> str:
    (found,) = (id_ for id_, body in stack.resources("aws_iam_role").items() if body["name"].endswith(ending))
    return found


def policies(stack: Stack, id_: str) -> set[str]:
    """Return the managed policies of a role."""
    attachments = stack.resources("aws_iam_role_policy_attachment").values()
    return {
        one["policy_arn"].rpartition("/")[2] for one in attachments if one["role"] == f"${{aws_iam_role.{id_}.name}}"
    }


@pytest.fixture
def alone(vary: Vary, synthesize_one: SynthesizeOne) -> Synthesized:
    """A cluster without node groups."""
    return synthesize_one(vary(ALONE))


class TestCluster:
    def test_the_three_parts_are_on_together(self, alone: Synthesized) -> None:
        stack = alone["dev-cluster"]
        cluster = stack.resource("aws_eks_cluster")
        assert cluster["compute_config"] == {
            "enabled": True,
            "node_pools": ["general-purpose", "system"],
            "node_role_arn": f"${{aws_iam_role.{role_id(stack, '-eks-auto-nodes')}.arn}}",
        }
        assert cluster["kubernetes_network_config"] == {"elastic_load_balancing": {"enabled": True}}
        assert cluster["storage_config"] == {"block_storage": {"enabled": True}}
        assert cluster["bootstrap_self_managed_addons"] is False

    def test_roles_have_the_policies_that_eks_documents(self, alone: Synthesized) -> None:
        stack = alone["dev-cluster"]
        cluster, nodes = role_id(stack, "-eks-cluster"), role_id(stack, "-eks-auto-nodes")
        assert policies(stack, cluster) == {
            "AmazonEKSClusterPolicy",
            "AmazonEKSComputePolicy",
            "AmazonEKSBlockStoragePolicy",
            "AmazonEKSLoadBalancingPolicy",
            "AmazonEKSNetworkingPolicy",
        }
        trust = stack.policy_document(stack.resources("aws_iam_role")[cluster]["assume_role_policy"])["statement"]
        assert trust[0]["actions"] == ["sts:AssumeRole", "sts:TagSession"]
        assert policies(stack, nodes) == {"AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"}

    def test_the_cluster_waits_for_the_policies_of_both(self, alone: Synthesized) -> None:
        waits_for = alone["dev-cluster"].resource("aws_eks_cluster")["depends_on"]
        assert len([one for one in waits_for if one.startswith("aws_iam_role_policy_attachment.")]) == 7

    def test_it_takes_the_place_of_addons_node_role_and_driver(self, alone: Synthesized) -> None:
        stack, csi = alone["dev-cluster"], alone["dev-csi-addon"]
        assert stack.resources("aws_eks_addon") == {} == stack.resources("aws_eks_node_group")
        assert not any(body["name"].endswith("-eks-nodes") for body in stack.resources("aws_iam_role").values())
        assert csi.resources("aws_eks_addon") == {} == csi.resources("aws_iam_role")
        assert csi.resource("kubernetes_storage_class_v1")["storage_provisioner"] == "ebs.csi.eks.amazonaws.com"

    def test_beside_node_groups_everything_stays(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        stacks = synthesize_one(vary(AUTO))
        stack, csi = stacks["dev-cluster"], stacks["dev-csi-addon"]
        assert stack.resource("aws_eks_cluster")["compute_config"]["enabled"] is True
        assert {body["addon_name"] for body in stack.resources("aws_eks_addon").values()} == {
            "vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns",
        }  # fmt: skip
        assert csi.resource("kubernetes_storage_class_v1")["storage_provisioner"] == "ebs.csi.aws.com"

    def test_it_is_switched_off_by_saying_so(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        stack = synthesize_one(vary({"cluster.auto_mode": {"switch_off": True}}))["dev-cluster"]
        cluster = stack.resource("aws_eks_cluster")
        assert cluster["compute_config"] == {
            "enabled": False,
            "node_pools": ["general-purpose", "system"],
            "node_role_arn": f"${{aws_iam_role.{role_id(stack, '-eks-auto-nodes')}.arn}}",
        }
        assert cluster["kubernetes_network_config"] == {"elastic_load_balancing": {"enabled": False}}
        assert cluster["storage_config"] == {"block_storage": {"enabled": False}}

    def test_without_it_nothing_is_said(self, synthesized: Synthesized) -> None:
        cluster = synthesized["dev-cluster"].resource("aws_eks_cluster")
        assert not {"compute_config", "storage_config", "kubernetes_network_config"} & set(cluster)


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        ("node_scaling: auto-mode\nauthentication_mode: CONFIG_MAP", "node_scaling: auto-mode needs authentication_mode API_AND_CONFIG_MAP or API: its nodes join by an access entry"),
        ("auto_mode: {node_role_name: x}", "auto_mode.node_role_name: has no effect while node_scaling is not auto-mode"),
        ("node_scaling: auto-mode\nauto_mode: {switch_off: true}", "auto_mode.switch_off: is true, and node_scaling is auto-mode"),
        ("node_scaling: auto-mode\nnode_groups: {}\naddons: {coredns: {version: latest}}", "addons: has no effect: nodes of Auto Mode have network, DNS and Pod Identity themselves, and there are no others"),
        ("node_scaling: auto-mode\nauto_mode: {node_pools: [system, system]}", "auto_mode.node_pools[1]: system is listed twice"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_it_is_refused(cluster: str, message: str, project: Project) -> None:
    given = f"enable_cluster_creator_admin_permissions: {str('CONFIG_MAP' not in cluster).lower()}\n{cluster}"
    problems = project.problems_of(environment_text(cluster=given))
    assert [problem.partition(": cluster.")[2] for problem in problems] == [message]


@pytest.mark.parametrize("setting", ["kms_key: customer-managed", "role_name: x"])
def test_settings_of_the_driver_have_no_effect(setting: str, project: Project) -> None:
    project.refuses(
        f"csi_addon.{setting.partition(':')[0]}: has no effect: volumes of Auto Mode have no driver and no role of "
        "their own",
        cluster="node_scaling: auto-mode\nnode_groups: {}",
        csi_addon=f"{setting} # <-",
    )


@pytest.mark.parametrize("addon", ["cluster_autoscaler", "karpenter"])
def test_another_way_to_scale_is_refused(addon: str, project: Project) -> None:
    project.refuses(
        f"cluster_addons.{addon}.enabled: is true, and cluster.node_scaling is auto-mode; remove it",
        cluster="node_scaling: auto-mode",
        cluster_addons=f"{addon}:\n  enabled: true # <-",
    )
