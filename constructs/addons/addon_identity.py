"""The IAM role of an add-on, by IRSA or by EKS Pod Identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.aws.irsa_role import IrsaRole, IrsaRoleProps
from constructs.aws.pod_identity_role import PodIdentityRole, PodIdentityRoleProps
from constructs.former_address import moved_with
from constructs.kubernetes.shapes import role_annotation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from constructs.aws.iam_role import Statements
    from constructs.aws.irsa_role import OidcIssuer, ServiceAccount
    from constructs.helm.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class AddonIdentityProps:
    """`name` is at most 64 characters; with an issuer the role is one for IRSA, without one for Pod Identity."""

    name: str
    description: str
    cluster_name: str
    oidc_issuer: OidcIssuer | None
    service_account: ServiceAccount
    policies: Mapping[str, Statements]


@dataclass(frozen=True, kw_only=True)
class AddonIdentityOutputs:
    """What the chart's service account is to have, and what must exist before its pods start."""

    service_account: Values
    depends_on: list[ITerraformDependable]


# One role under one address for both kinds, so that a change of kind changes its trust only. Addresses cannot change,
# and this is the one that roles have had from the beginning; those for Pod Identity had FORMER_POD_IDENTITY.
ROLE = "irsa"
FORMER_POD_IDENTITY = "pod-identity"


class AddonIdentity(Construct):
    """A role for one service account; the chart makes that account."""

    def __init__(self, scope: Construct, id_: str, props: AddonIdentityProps) -> None:
        super().__init__(scope, id_)
        issuer = props.oidc_issuer
        self.outputs = self._create_pod_identity(props) if issuer is None else self._create_irsa(props, issuer)

    def _create_irsa(self, props: AddonIdentityProps, issuer: OidcIssuer) -> AddonIdentityOutputs:
        role = IrsaRole(
            self,
            ROLE,
            IrsaRoleProps(
                name=props.name,
                description=props.description,
                oidc_issuer=issuer,
                service_account=props.service_account,
                policies=props.policies,
            ),
        )
        moved_with(role, FORMER_POD_IDENTITY)
        return AddonIdentityOutputs(
            service_account={**account_values(props.service_account), **role_annotation(role.outputs.role_arn)},
            depends_on=role.outputs.policies,
        )

    def _create_pod_identity(self, props: AddonIdentityProps) -> AddonIdentityOutputs:
        role = PodIdentityRole(
            self,
            ROLE,
            PodIdentityRoleProps(
                name=props.name,
                description=props.description,
                cluster_name=props.cluster_name,
                service_account=props.service_account,
                policies=props.policies,
            ),
        )
        moved_with(role, FORMER_POD_IDENTITY)
        return AddonIdentityOutputs(
            service_account=account_values(props.service_account), depends_on=role.outputs.depends_on
        )


def account_values(service_account: ServiceAccount) -> Values:
    """Return what has the chart make a service account of that name."""
    return {"create": True, "name": service_account.name}
