"""An EKS add-on by name, with the IAM role of its pods where it needs one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.aws.irsa_role import IrsaRole, IrsaRoleProps, OidcIssuer, ServiceAccount
from constructs.aws.pod_identity_role import PodIdentityRole, PodIdentityRoleProps
from constructs.cluster.eks_addon import EksAddon, EksAddonProps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable

    from config.cluster.eks_addons import AddonRole, FurtherAddon
    from constructs.aws.account import Account


@dataclass(frozen=True, kw_only=True)
class FurtherAddonProps:
    """What the add-on is made of; `role_prefix` starts the name of its role, the add-on's name ends it."""

    addon_name: str
    cluster_name: str
    role_prefix: str
    kubernetes_version: str
    oidc_issuer: OidcIssuer
    account: Account
    settings: FurtherAddon
    depends_on: Sequence[ITerraformDependable]


class FurtherAddonConstruct(Construct):
    """The add-on, after its role."""

    def __init__(self, scope: Construct, id_: str, props: FurtherAddonProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        settings = props.settings
        role_arn, needed = (None, []) if settings.role is None else self._create_role(settings.role)
        EksAddon(
            self,
            "addon",
            EksAddonProps(
                addon_name=props.addon_name,
                cluster_name=props.cluster_name,
                kubernetes_version=props.kubernetes_version,
                settings=settings,
                service_account_role_arn=role_arn,
                preserve=settings.preserve,
                resolve_conflicts_on_update=settings.resolve_conflicts_on_update,
                depends_on=[*props.depends_on, *needed],
            ),
        )

    def _create_role(self, role: AddonRole) -> tuple[str | None, list[ITerraformDependable]]:
        """Return the ARN that the add-on annotates its service account with, and what it waits for."""
        props = self.props
        name = f"{props.role_prefix}-{props.addon_name}"
        description = f"EKS add-on {props.addon_name} of {props.role_prefix}"
        account = ServiceAccount(namespace=role.namespace, name=role.service_account)
        policies = {_key(policy): self._policy_arn(policy) for policy in role.policies}
        if role.identity == "irsa":
            irsa = IrsaRole(
                self,
                "role",
                IrsaRoleProps(
                    name=name,
                    description=description,
                    oidc_issuer=props.oidc_issuer,
                    service_account=account,
                    managed_policy_arns=policies,
                ),
            ).outputs
            return irsa.role_arn, irsa.policies
        identity = PodIdentityRole(
            self,
            "role",
            PodIdentityRoleProps(
                name=name,
                description=description,
                cluster_name=props.cluster_name,
                service_account=account,
                managed_policy_arns=policies,
            ),
        )
        return None, identity.outputs.depends_on

    def _policy_arn(self, policy: str) -> str:
        return policy if policy.startswith("arn:") else self.props.account.managed_policy_arn(policy)


def _key(policy: str) -> str:
    return policy.rpartition(":policy/")[2].replace("/", "-")
