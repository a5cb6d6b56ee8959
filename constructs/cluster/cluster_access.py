"""Who may use the Kubernetes API: EKS access entries and their policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_iam_session_context import DataAwsIamSessionContext
from cdktf_cdktf_provider_aws.eks_access_entry import EksAccessEntry
from cdktf_cdktf_provider_aws.eks_access_policy_association import (
    EksAccessPolicyAssociation,
    EksAccessPolicyAssociationAccessScope,
)

from config.cluster.cluster import AccessPolicy
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.cluster.cluster import ClusterSettings
    from constructs.aws.account import Account

CLUSTER_ADMIN = AccessPolicy(policy="AmazonEKSClusterAdminPolicy")


@dataclass(frozen=True, kw_only=True)
class ClusterAccessProps:
    """The cluster, and whom the settings let in."""

    cluster_name: str
    account: Account
    settings: ClusterSettings


class ClusterAccess(Construct):
    """One access entry a principal."""

    def __init__(self, scope: Construct, id_: str, props: ClusterAccessProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        for name, entry in props.settings.access_entries.items():
            self._create_entry(
                name,
                self._principal_arn(entry.principal),
                policies=entry.policies,
                kubernetes_groups=list(entry.kubernetes_groups) or None,
            )
        if props.settings.enable_cluster_creator_admin_permissions:
            self._create_creator_entry()

    def _principal_arn(self, principal: str) -> str:
        return principal if principal.startswith("arn:") else self.props.account.arn("iam", principal)

    def _create_creator_entry(self) -> None:
        # An access entry takes a role, not the session of it that runs Terraform.
        session = DataAwsIamSessionContext(self, "creator-session", arn=self.props.account.caller_arn)
        self._create_entry(
            "creator",
            session.issuer_arn,
            policies=[CLUSTER_ADMIN],
            # Whoever applies next must not take the entry from whoever applied first.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["principal_arn"]),
        )

    def _create_entry(
        self,
        name: str,
        principal_arn: str,
        *,
        policies: Sequence[AccessPolicy],
        kubernetes_groups: list[str] | None = None,
        lifecycle: TerraformResourceLifecycle | None = None,
    ) -> None:
        entry = EksAccessEntry(
            self,
            f"entry-{name}",
            cluster_name=self.props.cluster_name,
            principal_arn=principal_arn,
            kubernetes_groups=kubernetes_groups,
            lifecycle=lifecycle,
        )
        for policy in policies:
            EksAccessPolicyAssociation(
                self,
                f"policy-{name}-{policy.policy}",
                cluster_name=self.props.cluster_name,
                principal_arn=entry.principal_arn,
                policy_arn=f"arn:{self.props.account.partition}:eks::aws:cluster-access-policy/{policy.policy}",
                access_scope=_scope_of(policy),
            )


def _scope_of(policy: AccessPolicy) -> EksAccessPolicyAssociationAccessScope:
    if policy.namespaces:
        return EksAccessPolicyAssociationAccessScope(type="namespace", namespaces=list(policy.namespaces))
    return EksAccessPolicyAssociationAccessScope(type="cluster")
