"""The IAM roles of Prometheus, Alertmanager and Grafana, each only where it needs a permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.aws.irsa_role import IrsaRole, IrsaRoleProps, OidcIssuer
from constructs.monitoring.values.values_props import RoleArns, ServiceAccounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from constructs.aws.iam_role import Statements
    from constructs.aws.irsa_role import ServiceAccount


@dataclass(frozen=True, kw_only=True)
class MonitoringIdentityProps:
    """The policies of each component by their name; an empty mapping stands for no role, None for the usual name."""

    cluster_name: str
    oidc_issuer: OidcIssuer
    service_accounts: ServiceAccounts
    prometheus: Mapping[str, Statements]
    alertmanager: Mapping[str, Statements]
    grafana: Mapping[str, Statements]
    prometheus_role_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class MonitoringIdentityOutputs:
    """ARNs of the roles, and the policies that must exist before the pods start."""

    roles: RoleArns
    policies: list[ITerraformDependable]


class MonitoringIdentity(Construct):
    """One IRSA role a component, named `<cluster>-<component>` unless a name is given."""

    def __init__(self, scope: Construct, id_: str, props: MonitoringIdentityProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        self._policies: list[ITerraformDependable] = []
        accounts = props.service_accounts
        roles = RoleArns(
            prometheus=self._create_role(
                "prometheus", accounts.prometheus, props.prometheus, name=props.prometheus_role_name
            ),
            alertmanager=self._create_role("alertmanager", accounts.alertmanager, props.alertmanager),
            grafana=self._create_role("grafana", accounts.grafana, props.grafana),
        )
        self.outputs = MonitoringIdentityOutputs(roles=roles, policies=self._policies)

    def _create_role(
        self, component: str, account: ServiceAccount, policies: Mapping[str, Statements], *, name: str | None = None
    ) -> str | None:
        if not policies:
            return None
        role = IrsaRole(
            self,
            component,
            IrsaRoleProps(
                name=name or f"{self.props.cluster_name}-{component}",
                description=f"{component.capitalize()} of {self.props.cluster_name}",
                oidc_issuer=self.props.oidc_issuer,
                service_account=account,
                policies=policies,
            ),
        ).outputs
        self._policies.extend(role.policies)
        return role.role_arn
