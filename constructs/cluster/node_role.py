"""The IAM role of a cluster's nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

from config.core.naming import CNI_IPV6_POLICY
from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleProps, trust_service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

# https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html; SSM gives a shell without SSH
NODE_POLICIES = {
    "worker-node": "AmazonEKSWorkerNodePolicy",
    "cni": "AmazonEKS_CNI_Policy",
    "ecr-read-only": "AmazonEC2ContainerRegistryReadOnly",
    "ssm": "AmazonSSMManagedInstanceCore",
}


class NodeRole(Construct):
    """One role for all node groups of a cluster."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster_name: str,
        role_name: str,
        account: Account,
        further_policy_arns: Sequence[str],
        has_ipv6: bool,
    ) -> None:
        super().__init__(scope, id_)
        managed = {key: name for key, name in NODE_POLICIES.items() if not (has_ipv6 and key == "cni")}
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=role_name,
                description=f"Nodes of {cluster_name}",
                trust=trust_service(f"ec2.{account.dns_suffix}"),
                managed_policy_arns={
                    **{key: account.managed_policy_arn(name) for key, name in managed.items()},
                    **{arn.partition(":policy/")[2].replace("/", "-"): arn for arn in further_policy_arns},
                },
                policies={CNI_IPV6_POLICY: _assign_ipv6_addresses(account)} if has_ipv6 else {},
            ),
        )
        self.outputs = role.outputs


def _assign_ipv6_addresses(account: Account) -> Statements:
    """Permit the CNI what it needs with IPv6, for which AWS manages no policy.

    https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html#cni-iam-role-create-ipv6-policy
    """
    return [
        DataAwsIamPolicyDocumentStatement(
            actions=[
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeTags",
            ],
            resources=["*"],
        ),
        DataAwsIamPolicyDocumentStatement(
            actions=["ec2:AssignIpv6Addresses", "ec2:CreateTags"],
            resources=[account.arn("ec2", "network-interface/*", region=account.region)],
        ),
    ]
