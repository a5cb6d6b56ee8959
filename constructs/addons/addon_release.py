"""What every add-on of the cluster has: props by its settings, a Helm release, and maybe a role and a namespace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from config.addons.addon import Addon
from constructs import Construct
from constructs.addons.addon_identity import AddonIdentity, AddonIdentityProps, account_values
from constructs.aws.irsa_role import ServiceAccount
from constructs.helm.helm_release import create_release
from constructs.kubernetes.namespace import create_namespace
from constructs.kubernetes.shapes import INSTANCE_LABEL, ZONE, pull_secrets, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cdktf import ITerraformDependable
    from cdktf_cdktf_provider_kubernetes.namespace_v1 import NamespaceV1
    from pydantic import JsonValue

    from config.core.resources import Placement
    from constructs.addons.addon_identity import AddonIdentityOutputs
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements
    from constructs.aws.irsa_role import OidcIssuer
    from constructs.helm.helm_values import Values

S = TypeVar("S", bound=Addon)
# The user of images that name none by number, which a restricted pod needs.
NOBODY = 65534


class AddonEks(Protocol):
    """What add-ons that work on EKS only know of the cluster."""

    @property
    def version(self) -> str:
        """Its Kubernetes version."""

    @property
    def vpc_id(self) -> str:
        """The network of its nodes."""

    @property
    def has_ipv6(self) -> bool:
        """Whether its pods have IPv6 addresses."""

    @property
    def security_group_id(self) -> str:
        """The group of its nodes and control plane."""


@dataclass(frozen=True, kw_only=True)
class AddonAws:
    """What add-ons that call AWS know of it.

    Attributes:
        find_account: Returns the account; it is looked up once an add-on asks.
        oidc_issuer: What IRSA roles trust; without it, EKS Pod Identity gives roles.

    """

    find_account: Callable[[], Account]
    oidc_issuer: OidcIssuer | None


@dataclass(frozen=True, kw_only=True)
class AddonContext:
    """The cluster, and what the settings say for every add-on.

    Attributes:
        cluster_name: Name of the cluster, which starts the names of roles.
        aws: AWS, for what calls it; None for an environment that is not in AWS.
        eks: The cluster, where it is one on EKS.
        labels: Labels of every object.
        tags: Tags of what an add-on makes in AWS, which the provider's default tags do not reach.
        image_registry: Registry that replaces every image's own.
        image_pull_secrets: Secrets that pull images.
        placement: Nodes of the pods.
        timeout_seconds: How long Helm waits for a release.
        prometheus_url: Where Prometheus answers, without its port.
        is_isolated: Whether AWS is reached by endpoints of the VPC alone.
        subnet_ids: Subnets of nodes that the environment names; empty: those of its own network.

    """

    cluster_name: str
    aws: AddonAws | None
    eks: AddonEks | None
    labels: Mapping[str, str]
    tags: Mapping[str, str]
    image_registry: str | None
    image_pull_secrets: tuple[str, ...]
    placement: Placement
    timeout_seconds: int
    prometheus_url: str
    is_isolated: bool
    subnet_ids: tuple[str, ...]

    def repository(self, path: str) -> Values:
        """Return the values of an image: from the mirror, or as the chart has it."""
        return {} if self.image_registry is None else {"repository": f"{self.image_registry}/{path}"}

    def pull_secrets(self) -> list[JsonValue]:
        """Return the pull secrets as a pod lists them."""
        return pull_secrets(self.image_pull_secrets)


@dataclass(frozen=True, kw_only=True)
class AddonProps(Generic[S]):
    """The settings of an add-on, what it shares with the others, and what has to be ready first."""

    settings: S
    context: AddonContext
    depends_on: tuple[ITerraformDependable, ...] = ()

    @property
    def service_account(self) -> ServiceAccount:
        """The service account of its pods; the release and the Deployment have the same name."""
        return ServiceAccount(self.settings.NAMESPACE, self.settings.CHART.name)

    def service_account_values(self) -> Values:
        """Return what has the chart make the service account, without a role."""
        return account_values(self.service_account)

    def create_namespace(self, scope: Construct) -> NamespaceV1:
        """Create the namespace, in which Pod Security permits restricted pods only."""
        labels = {**self.context.labels, "pod-security.kubernetes.io/enforce": "restricted"}
        return create_namespace(scope, "namespace", name=self.settings.NAMESPACE, labels=labels)

    def create_identity(
        self, scope: Construct, aws: AddonAws, policies: Mapping[str, Statements]
    ) -> AddonIdentityOutputs:
        """Create the role of the service account, with policies by their name."""
        cluster_name = self.context.cluster_name
        return AddonIdentity(
            scope,
            "identity",
            AddonIdentityProps(
                name=f"{cluster_name}-{self.settings.ROLE}",
                description=f"{self.settings.TITLE} of {cluster_name}",
                cluster_name=cluster_name,
                oidc_issuer=aws.oidc_issuer,
                service_account=self.service_account,
                policies=policies,
            ),
        ).outputs

    def create_release(
        self, scope: Construct, values: Values, *, depends_on: Sequence[ITerraformDependable] = ()
    ) -> ITerraformDependable:
        """Create the release; it is ready before anything that waits for it."""
        return AddonRelease(scope, "release", self, values, depends_on=[*depends_on, *self.depends_on]).release


class AddonRelease(Construct):
    """The release of an add-on, in its namespace."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        props: AddonProps[S],
        values: Values,
        *,
        depends_on: Sequence[ITerraformDependable],
    ) -> None:
        super().__init__(scope, id_)
        self.release = create_release(
            self,
            name=props.service_account.name,
            namespace=props.service_account.namespace,
            chart=props.settings.chart,
            values=values,
            timeout_seconds=props.context.timeout_seconds,
            depends_on=depends_on,
        )


class AddonConstruct(Construct):
    """An add-on: its release, and around it what the release needs."""

    release: ITerraformDependable


def spread_values(instance: str, replicas: int) -> Values:
    """Spread the replicas of a release over zones; a single one needs nothing."""
    if replicas == 1:
        return {}
    return {"topologySpreadConstraints": [spread(ZONE, {INSTANCE_LABEL: instance})]}
