"""The Helm release of an add-on of the cluster: what all of them have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.addons.addon_identity import AddonIdentity, AddonIdentityProps
from constructs.helm.helm_release import create_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import ITerraformDependable
    from pydantic import JsonValue

    from config.core.resources import Placement
    from config.versions import ChartPin
    from constructs.addons.addon_identity import AddonIdentityOutputs
    from constructs.aws.iam_role import Statements
    from constructs.aws.irsa_role import OidcIssuer, ServiceAccount
    from constructs.helm.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class AddonContext:
    """The cluster, and what the settings say for every add-on; without an issuer, EKS Pod Identity gives roles."""

    cluster_name: str
    oidc_issuer: OidcIssuer | None
    labels: Mapping[str, str]
    image_registry: str | None
    image_pull_secrets: tuple[str, ...]
    placement: Placement
    timeout_seconds: int

    def identity(
        self, scope: Construct, *, role: str, title: str, account: ServiceAccount, policies: Mapping[str, Statements]
    ) -> AddonIdentityOutputs:
        """Create the role `<cluster>-<role>` of an add-on."""
        return AddonIdentity(
            scope,
            "identity",
            AddonIdentityProps(
                name=f"{self.cluster_name}-{role}",
                description=f"{title} of {self.cluster_name}",
                cluster_name=self.cluster_name,
                oidc_issuer=self.oidc_issuer,
                service_account=account,
                policies=policies,
            ),
        ).outputs

    def repository(self, path: str) -> Values:
        """Return the values of an image: from the mirror, or as the chart has it."""
        return {} if self.image_registry is None else {"repository": f"{self.image_registry}/{path}"}

    def pull_secrets(self) -> list[JsonValue]:
        """Return the pull secrets as a pod lists them."""
        return [{"name": name} for name in self.image_pull_secrets]


@dataclass(frozen=True, kw_only=True)
class AddonReleaseProps:
    """The chart and its values, and what must exist before its pods start; the release is named like the account."""

    account: ServiceAccount
    chart: ChartPin
    values: Values
    context: AddonContext
    depends_on: Sequence[ITerraformDependable] = ()


class AddonRelease(Construct):
    """A release that is ready before anything that waits for it."""

    def __init__(self, scope: Construct, id_: str, props: AddonReleaseProps) -> None:
        super().__init__(scope, id_)
        self.release = create_release(
            self,
            name=props.account.name,
            namespace=props.account.namespace,
            chart=props.chart,
            values=props.values,
            timeout_seconds=props.context.timeout_seconds,
            depends_on=props.depends_on,
        )


def spread_values(instance: str, replicas: int) -> Values:
    """Spread the replicas of a release over zones; a single one needs nothing."""
    if replicas == 1:
        return {}
    constraint: Values = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/instance": instance}},
    }
    return {"topologySpreadConstraints": [constraint]}


def restricted_container(user: int | None = None) -> Values:
    """Return a container's security context that Pod Security "restricted" permits.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    values: Values = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return values if user is None else {**values, "runAsUser": user, "runAsGroup": user}
