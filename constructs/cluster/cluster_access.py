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

from config.cluster.access import AccessPolicy
from constructs import Construct
from constructs.former_address import move, moved_from

if TYPE_CHECKING:
    from config.cluster.access import AccessEntry
    from config.cluster.cluster import ClusterSettings
    from constructs.aws.account import Account
    from constructs.former_address import Move

CLUSTER_ADMIN = AccessPolicy(policy="AmazonEKSClusterAdminPolicy")
CREATOR = "creator"


@dataclass(frozen=True, kw_only=True)
class ClusterAccessProps:
    """The cluster, and whom the settings let in; `account_id` None: the account is not known at synthesis."""

    cluster_name: str
    account: Account
    account_id: str | None
    settings: ClusterSettings


@dataclass(frozen=True, kw_only=True)
class ClusterAccessOutputs:
    """Moves between former addresses of entries."""

    moves: list[Move]


class ClusterAccess(Construct):
    """One access entry a principal."""

    def __init__(self, scope: Construct, id_: str, props: ClusterAccessProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        for name, entry in props.settings.access_entries.items():
            self._create_entry(name, entry)
        if props.settings.enable_cluster_creator_admin_permissions:
            self._create_creator_entry()
        self.outputs = ClusterAccessOutputs(moves=self._moves_of_the_creator())

    def _principal_arn(self, principal: str) -> str:
        return principal if principal.startswith("arn:") else self.props.account.arn("iam", principal)

    def _create_entry(self, name: str, entry: AccessEntry) -> None:
        """Create an entry under an address by its principal, of which EKS has one entry a cluster."""
        principal = entry.principal_in(self.props.account_id).replace("/", ":")
        created = EksAccessEntry(
            self,
            f"principal-{principal}",
            cluster_name=self.props.cluster_name,
            principal_arn=self._principal_arn(entry.principal),
            kubernetes_groups=list(entry.kubernetes_groups) or None,
        )
        moved_from(created, self, f"entry-{name}")
        for policy in entry.policies:
            association = self._associate(f"principal-{principal}-{policy.policy}", created, policy)
            moved_from(association, self, f"policy-{name}-{policy.policy}")

    def _create_creator_entry(self) -> None:
        # An access entry takes a role, not the session of it that runs Terraform.
        session = DataAwsIamSessionContext(self, "creator-session", arn=self.props.account.caller_arn)
        entry = EksAccessEntry(
            self,
            f"entry-{CREATOR}",
            cluster_name=self.props.cluster_name,
            principal_arn=session.issuer_arn,
            # A later apply by another identity must not move the entry.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["principal_arn"]),
        )
        self._associate(f"policy-{CREATOR}-{CLUSTER_ADMIN.policy}", entry, CLUSTER_ADMIN)

    def _associate(self, id_: str, entry: EksAccessEntry, policy: AccessPolicy) -> EksAccessPolicyAssociation:
        return EksAccessPolicyAssociation(
            self,
            id_,
            cluster_name=self.props.cluster_name,
            principal_arn=entry.principal_arn,
            policy_arn=f"arn:{self.props.account.partition}:eks::aws:cluster-access-policy/{policy.policy}",
            access_scope=_scope_of(policy),
        )

    def _moves_of_the_creator(self) -> list[Move]:
        """Let the creator's entry become that of the only administrator, who mostly is the creator.

        Of another principal the entry is replaced, as it would be without the move.
        """
        admins = [name for name, entry in self.props.settings.access_entries.items() if entry.is_cluster_admin()]
        if self.props.settings.enable_cluster_creator_admin_permissions or len(admins) != 1:
            return []
        return [
            move(EksAccessEntry.TF_RESOURCE_TYPE, self, f"entry-{CREATOR}", f"entry-{admins[0]}"),
            move(
                EksAccessPolicyAssociation.TF_RESOURCE_TYPE,
                self,
                f"policy-{CREATOR}-{CLUSTER_ADMIN.policy}",
                f"policy-{admins[0]}-{CLUSTER_ADMIN.policy}",
            ),
        ]


def _scope_of(policy: AccessPolicy) -> EksAccessPolicyAssociationAccessScope:
    if policy.namespaces:
        return EksAccessPolicyAssociationAccessScope(type="namespace", namespaces=list(policy.namespaces))
    return EksAccessPolicyAssociationAccessScope(type="cluster")
