"""Who may assume which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized

ISSUER = '${trimprefix(data.terraform_remote_state.state-cluster.outputs.oidc_issuer_url, "https://")}'
IRSA_ROLES = {
    "csi-addon": {"ebs-csi-driver": "system:serviceaccount:kube-system:ebs-csi-controller-sa"},
    "cluster-addons": {"cluster-autoscaler": "system:serviceaccount:kube-system:cluster-autoscaler"},
    "kube-prom-stack": {
        "prometheus": "system:serviceaccount:monitoring:kube-prometheus-stack-prometheus",
        "thanos-store": "system:serviceaccount:monitoring:thanos-storegateway",
        "thanos-compactor": "system:serviceaccount:monitoring:thanos-compactor",
    },
}
# Service by role, and the resources of this account that it may assume the role for, where it says for which.
SERVICE_ROLES: dict[str, dict[str, tuple[str, str | None]]] = {
    "network": {"dev-vpc-flow-logs": ("vpc-flow-logs.amazonaws.com", "ec2:us-east-2:{account}:vpc-flow-log/*")},
    "cluster": {
        "dev-gd9-eks-cluster": ("eks.amazonaws.com", "eks:us-east-2:{account}:cluster/dev-gd9"),
        "dev-gd9-eks-nodes": ("ec2.amazonaws.com", None),
    },
}


def trusts(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    """Return the statements of each role's trust policy by role name."""
    return {
        role["name"]: stack.policy_document(role["assume_role_policy"])["statement"]
        for role in stack.resources("aws_iam_role").values()
    }


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("stack", IRSA_ROLES)
def test_irsa_roles_trust_one_service_account(environment: str, stack: str, synthesized: Synthesized) -> None:
    expected = {
        f"{environment}-gd9-{name}": [
            {
                "actions": ["sts:AssumeRoleWithWebIdentity"],
                "principals": [
                    {
                        "type": "Federated",
                        "identifiers": ["${data.terraform_remote_state.state-cluster.outputs.oidc_provider_arn}"],
                    }
                ],
                "condition": [
                    {"test": "StringEquals", "variable": f"{ISSUER}:sub", "values": [subject]},
                    {"test": "StringEquals", "variable": f"{ISSUER}:aud", "values": ["sts.amazonaws.com"]},
                ],
            }
        ]
        for name, subject in IRSA_ROLES[stack].items()
    }
    assert trusts(synthesized[f"{environment}-{stack}"]) == expected


@pytest.mark.parametrize("stack", SERVICE_ROLES)
def test_service_roles_trust_one_service(stack: str, synthesized: Synthesized) -> None:
    synthesized_stack = synthesized[f"dev-{stack}"]
    (caller,) = synthesized_stack.data("aws_caller_identity")
    account = f"${{data.aws_caller_identity.{caller}.account_id}}"
    expected = {name: [_trust(service, account, source)] for name, (service, source) in SERVICE_ROLES[stack].items()}
    assert trusts(synthesized_stack) == expected


def _trust(service: str, account: str, source: str | None) -> dict[str, Any]:
    trust: dict[str, Any] = {
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "Service", "identifiers": [service]}],
    }
    if source is not None:
        arn = f"arn:aws:{source.format(account=account)}"
        trust["condition"] = [
            {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [account]},
            {"test": "ArnLike", "variable": "aws:SourceArn", "values": [arn]},
        ]
    return trust


def test_prometheus_runs_as_the_service_account_that_its_role_trusts(synthesized: Synthesized) -> None:
    stack = synthesized["dev-kube-prom-stack"]
    account = stack.values()["prometheus"]["serviceAccount"]
    assert account["name"] == "kube-prometheus-stack-prometheus"
    (role_id,) = (id_ for id_, role in stack.resources("aws_iam_role").items() if role["name"] == "dev-gd9-prometheus")
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": f"${{aws_iam_role.{role_id}.arn}}"}
