"""The IAM role of a cluster's nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleProps, trust_service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs.aws.account import Account

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
    ) -> None:
        super().__init__(scope, id_)
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=role_name,
                description=f"Nodes of {cluster_name}",
                trust=trust_service(f"ec2.{account.dns_suffix}"),
                managed_policy_arns={
                    **{key: account.managed_policy_arn(name) for key, name in NODE_POLICIES.items()},
                    **{arn.partition(":policy/")[2].replace("/", "-"): arn for arn in further_policy_arns},
                },
            ),
        )
        self.outputs = role.outputs
