"""A role that an AWS service assumes is assumed for this account's resources only, where the service says whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.synthesis import Stack, Synthesized

# Services that name no source when they assume a role, by what keeps others from having them assume it.
WITHOUT_A_SOURCE = {
    # An instance gets a role by an instance profile of its own account, and PassRole takes no role of another one.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html
    "ec2.amazonaws.com": (),
    "ec2.amazonaws.com.cn": (),
    # EKS tags every session with the cluster and the service account that it is for.
    # https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    "pods.eks.amazonaws.com": (
        "aws:RequestTag/eks-cluster-name",
        "aws:RequestTag/kubernetes-namespace",
        "aws:RequestTag/kubernetes-service-account",
    ),
}


def trusts_of_services(stacks: Synthesized) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the roles that services assume: where it is, which service, and the conditions by their variable."""
    for stack in stacks.stacks.values():
        for id_, statement in _trusts(stack):
            conditions = {one["variable"]: one["values"][0] for one in statement.get("condition", [])}
            for principal in statement["principals"]:
                if principal["type"] == "Service":
                    yield from ((f"{stack.name} {id_}", name, conditions) for name in principal["identifiers"])


def _trusts(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, role in stack.resources("aws_iam_role").items():
        for statement in stack.policy_document(role["assume_role_policy"])["statement"]:
            yield id_, statement


def is_bound_to_this_account(conditions: dict[str, str]) -> bool:
    """Return whether a source is asked for, in an account that is named: this one, whose id is looked up."""
    source = conditions.get("aws:SourceArn", "")
    return source.count(":") >= 5 and source.split(":")[4].startswith("${data.aws_caller_identity.")


@pytest.mark.parametrize("which", ["synthesized", "everything"])
def test_services_assume_roles_for_this_account_only(which: str, request: pytest.FixtureRequest) -> None:
    trusts = list(trusts_of_services(request.getfixturevalue(which)))
    assert len(trusts) > 3
    open_to_others = {
        (place, service)
        for place, service, conditions in trusts
        if not is_bound_to_this_account(conditions)
        and not (service in WITHOUT_A_SOURCE and set(WITHOUT_A_SOURCE[service]) <= set(conditions))
    }
    assert open_to_others == set()


def test_both_keys_agree_where_both_are_asked_for(everything: Synthesized) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn."""
    both = [one for _, _, one in trusts_of_services(everything) if {"aws:SourceAccount", "aws:SourceArn"} <= set(one)]
    assert len(both) >= 3
    assert all(one["aws:SourceArn"].split(":")[4] == one["aws:SourceAccount"] for one in both)


def test_a_role_without_a_source_is_found() -> None:
    assert not is_bound_to_this_account({})
    assert not is_bound_to_this_account({"aws:SourceArn": "arn:aws:eks:us-east-2:*:cluster/dev-gd9"})
