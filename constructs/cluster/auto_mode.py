"""EKS Auto Mode: what the control plane's role and the nodes that AWS makes are permitted, and its switches.

https://docs.aws.amazon.com/eks/latest/userguide/automode.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.eks_cluster import (
    EksClusterComputeConfig,
    EksClusterKubernetesNetworkConfigElasticLoadBalancing,
    EksClusterStorageConfig,
    EksClusterStorageConfigBlockStorage,
)

from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleProps, trust_service

if TYPE_CHECKING:
    from config.cluster.auto_mode import AutoModeSettings
    from constructs.aws.account import Account

# In addition to AmazonEKSClusterPolicy. https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html
CLUSTER_POLICIES = {
    "auto-compute": "AmazonEKSComputePolicy",
    "auto-block-storage": "AmazonEKSBlockStoragePolicy",
    "auto-load-balancing": "AmazonEKSLoadBalancingPolicy",
    "auto-networking": "AmazonEKSNetworkingPolicy",
}
# https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html
NODE_POLICIES = {
    "worker-node": "AmazonEKSWorkerNodeMinimalPolicy",
    "ecr-pull-only": "AmazonEC2ContainerRegistryPullOnly",
}
STORAGE_PROVISIONER = "ebs.csi.eks.amazonaws.com"


class AutoModeNodeRole(Construct):
    """The role of the nodes that AWS makes; EKS gives it an access entry for its own node pools."""

    def __init__(self, scope: Construct, id_: str, *, cluster_name: str, role_name: str, account: Account) -> None:
        super().__init__(scope, id_)
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=role_name,
                description=f"Nodes of Auto Mode of {cluster_name}",
                trust=trust_service(f"ec2.{account.dns_suffix}"),
                managed_policy_arns={key: account.managed_policy_arn(name) for key, name in NODE_POLICIES.items()},
            ),
        )
        self.outputs = role.outputs


class AutoModeSwitches:
    """The three parts of Auto Mode, which EKS takes on or off together only; None where there is no role for nodes.

    Off, it keeps role and pools: the provider would replace a cluster whose nodes get another role, or none.
    https://github.com/hashicorp/terraform-provider-aws/issues/40582
    """

    def __init__(self, settings: AutoModeSettings, node_role_arn: str | None) -> None:
        self.compute: EksClusterComputeConfig | None = None
        self.load_balancing: EksClusterKubernetesNetworkConfigElasticLoadBalancing | None = None
        self.storage: EksClusterStorageConfig | None = None
        if node_role_arn is not None:
            is_on = not settings.switch_off
            self.compute = EksClusterComputeConfig(
                enabled=is_on, node_pools=list(settings.node_pools), node_role_arn=node_role_arn
            )
            self.load_balancing = EksClusterKubernetesNetworkConfigElasticLoadBalancing(enabled=is_on)
            self.storage = EksClusterStorageConfig(block_storage=EksClusterStorageConfigBlockStorage(enabled=is_on))
