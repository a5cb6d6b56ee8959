"""EKS add-ons by name, and what every role of an environment has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack

EFS: dict[str, Any] = {
    "service_account": "efs-csi-controller-sa",
    "policies": ["service-role/AmazonEFSCSIDriverPolicy"],
}


def addon_of(stack: Stack, name: str) -> dict[str, Any]:
    """Return an EKS add-on of a stack."""
    (found,) = (one for one in stack.resources("aws_eks_addon").values() if one["addon_name"] == name)
    return found


def cluster_of(vary: Vary, synthesize_one: SynthesizeOne, addons: dict[str, Any], **settings: object) -> Stack:
    return synthesize_one(vary({"cluster.further_addons": addons, **settings}))["dev-cluster"]


def test_any_addon_by_name_comes_after_the_nodes(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {"version": "v8.3.0-eksbuild.1", "configuration": {"replicaCount": 2}, "preserve": True}
    stack = cluster_of(vary, synthesize_one, {"snapshot-controller": settings})
    addon = addon_of(stack, "snapshot-controller")
    assert (addon["addon_version"], addon["configuration_values"]) == ("v8.3.0-eksbuild.1", '{"replicaCount": 2}')
    assert (addon["preserve"], addon["resolve_conflicts_on_update"]) == (True, "PRESERVE")
    (group,) = stack.resources("aws_eks_node_group")
    assert f"aws_eks_node_group.{group}" in addon["depends_on"]


def test_its_role_comes_by_pod_identity(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stack = cluster_of(vary, synthesize_one, {"aws-efs-csi-driver": {"role": EFS}})
    association = stack.resource("aws_eks_pod_identity_association")
    assert (association["namespace"], association["service_account"]) == ("kube-system", "efs-csi-controller-sa")
    addon = addon_of(stack, "aws-efs-csi-driver")
    assert "service_account_role_arn" not in addon
    assert any(name.startswith("aws_eks_pod_identity_association.") for name in addon["depends_on"])
    roles = [one["name"] for one in stack.resources("aws_iam_role").values()]
    assert "dev-gd9-aws-efs-csi-driver" in roles


def test_its_role_comes_by_the_oidc_provider(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stack = cluster_of(vary, synthesize_one, {"aws-efs-csi-driver": {"role": {**EFS, "identity": "irsa"}}})
    assert addon_of(stack, "aws-efs-csi-driver")["service_account_role_arn"].startswith("${aws_iam_role.")
    attached = [one["policy_arn"] for one in stack.resources("aws_iam_role_policy_attachment").values()]
    assert "arn:aws:iam::aws:policy/service-role/AmazonEFSCSIDriverPolicy" in attached


@pytest.mark.parametrize(
    ("name", "section"), [("coredns", "cluster.addons.coredns"), ("aws-ebs-csi-driver", "csi_addon")]
)
def test_addons_with_a_section_are_not_given_twice(name: str, section: str, project: Project) -> None:
    project.refuses(
        f"cluster.further_addons.{name}: has settings of its own in {section}",
        cluster=f"further_addons:\n  {name}: {{}} # <-",
    )


def test_every_role_has_the_boundary_and_the_path(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    synthesized = synthesize_one(vary({"iam": {"permissions_boundary": boundary, "role_path": "/eks/"}}))
    roles = [role for stack in synthesized.stacks.values() for role in stack.resources("aws_iam_role").values()]
    assert len(roles) > 5
    assert {(role["permissions_boundary"], role["path"]) for role in roles} == {(boundary, "/eks/")}
