"""An environment: everything that one file under `values/environments/` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from config.addons.addon_needs import cluster_problems, network_problems
from config.addons.cluster_addons import ClusterAddonsSettings
from config.backend import Backend, CloudBackend, LocalBackend, S3Backend
from config.cluster.cluster import ClusterSettings
from config.cluster.csi_addon import CsiAddonSettings
from config.core import aws
from config.core.settings import Location, Problem, Settings, SettingsError
from config.core.types import (
    AccountId,
    Region,
    StackName,
    TagKey,
    TagValue,
    WorkloadName,
    find_duplicates,
    is_label,
    text,
)
from config.monitoring.kube_prom_stack import KubePromStackSettings
from config.network.network import NetworkSettings
from config.overrides import Overrides

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ipaddress import IPv4Network

    from config.cluster.existing_cluster import ExistingCluster

T = TypeVar("T")

ResourceAddress = Annotated[
    str, *text(r"[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*", "the address of a resource as a plan shows it: TYPE.NAME")
]


class Environment(Settings):
    """One environment: its four stacks are named `<name>-network`, `<name>-cluster` and so on."""

    name: Annotated[
        str,
        *text(
            r"[a-z](?:[a-z0-9-]*[a-z0-9])?",
            "an environment name (lower-case letters, digits, inner dashes)",
            max_length=16,
        ),
    ] = Field(description="Name of the environment, the same as the file's.")
    region: Region | None = Field(
        default=None,
        description="AWS region of everything in the environment. Default: none, for an existing cluster without AWS.",
    )
    account_id: AccountId | None = Field(
        default=None,
        description="The only AWS account that may be changed, in quotes. Default: whichever the credentials are of.",
    )
    tags: dict[TagKey, TagValue] = Field(
        default={}, description="Tags of every AWS resource, beside environment and managed-by."
    )
    backend: Annotated[Backend, Field(discriminator="type")] = Field(
        default=LocalBackend(), description="Where state is kept. Default: local."
    )
    kubernetes_auth: Literal["exec", "token"] | None = Field(
        default=None,
        description="How the helm and kubernetes providers log in: `exec` runs `aws eks get-token`, `token` reads a "
        "data source, for runners without the aws command. Default: token with the cloud backend, else exec.",
    )
    network: NetworkSettings | None = Field(
        default=None, description="The network stack. Default: none, for an existing cluster."
    )
    cluster: ClusterSettings = Field(description="The cluster stack, or the cluster that exists.")
    csi_addon: CsiAddonSettings = Field(default=CsiAddonSettings(), description="The csi-addon stack.")
    cluster_addons: ClusterAddonsSettings = Field(
        default=ClusterAddonsSettings(), description="The cluster-addons stack. Default: none."
    )
    kube_prom_stack: KubePromStackSettings = Field(
        default=KubePromStackSettings(), description="The kube-prom-stack stack."
    )
    moved: dict[StackName, dict[ResourceAddress, ResourceAddress]] = Field(
        default={},
        description="Resources that are the same under another address, by stack: the new address by the former one, "
        "both as a plan shows them. An entry can go once the stack has been deployed. Default: none.",
    )
    # Checked by config.workload_files, which nothing imports for an environment without workloads.
    workloads: dict[WorkloadName, dict[str, JsonValue] | None] = Field(
        default={},
        description="Applications of the workloads stack by name, as values/workloads/<name>.yaml says; settings that "
        "stand here win. Default: none.",
    )
    overrides: Overrides = Field(
        default={},
        description="Arguments of single resources where no setting exists, by stack, path of the construct and name "
        "in the provider's schema; they win over settings, and null leaves an argument out. Default: none.",
    )

    @property
    def partition(self) -> str:
        """The ARN partition of the region."""
        return aws.partition_of(self.aws_region)

    @property
    def aws_region(self) -> str:
        """The region, wherever something is done in AWS: the settings were checked to have one there."""
        if self.region is None:
            raise ValueError(f"environment {self.name} has no region")
        return self.region

    @property
    def existing_cluster(self) -> ExistingCluster | None:
        """The cluster that exists already; None for a cluster of the environment's own."""
        return self.cluster.existing

    @property
    def cluster_name(self) -> str:
        """The name of the cluster: `<environment>-<cluster.name>`; the environment's for one of a kubeconfig."""
        existing = self.cluster.existing
        return f"{self.name}-{self.cluster.name}" if existing is None else existing.eks or self.name

    @property
    def has_csi_addon(self) -> bool:
        """Whether the csi-addon stack is made: by default for a cluster of the environment's own."""
        wanted = self.csi_addon.enabled
        return self.cluster.existing is None if wanted is None else wanted

    @property
    def default_tags(self) -> dict[str, str]:
        """The tags of every AWS resource."""
        return {**self.tags, "environment": self.name, "managed-by": "cdktf"}

    @property
    def labels(self) -> dict[str, str]:
        """The tags that Kubernetes takes as labels: of a key and value that are fit for one."""
        return {key: value for key, value in self.tags.items() if is_label(key, value)}

    @property
    def provider_login(self) -> Literal["exec", "token"]:
        """How the helm and kubernetes providers log in to the cluster."""
        if self.kubernetes_auth is not None:
            return self.kubernetes_auth
        return "token" if isinstance(self.backend, CloudBackend) else "exec"

    # Field validators see the fields before them, so that these checks run whatever else is wrong in the file.
    @field_validator("tags")
    @classmethod
    def _refuse_tag_problems(cls, tags: dict[str, str]) -> dict[str, str]:
        return _unless(list(_tag_problems(tags)), tags)

    @field_validator("backend")
    @classmethod
    def _refuse_backend_problems(cls, backend: Backend, info: ValidationInfo) -> Backend:
        if not isinstance(backend, S3Backend):
            return backend
        return _unless(
            _key_problems("kms_key_arn", backend.kms_key_arn, backend.region or info.data.get("region")), backend
        )

    @field_validator("network")
    @classmethod
    def _refuse_network_problems(cls, network: NetworkSettings | None, info: ValidationInfo) -> NetworkSettings | None:
        region = info.data.get("region")
        if network is None:
            return None
        problems = [
            Problem(("zones", position), f"{zone} is not a zone of region {region}")
            for position, zone in enumerate(network.zones)
            if region is not None and zone[:-1] != region
        ]
        return _unless(problems, network)

    @field_validator("cluster")
    @classmethod
    def _refuse_cluster_problems(cls, cluster: ClusterSettings, info: ValidationInfo) -> ClusterSettings:
        data = info.data
        problems = [
            *_place_problems(cluster, data),
            *_service_cidr_problems(cluster.service_ipv4_cidr, data.get("network")),
            *_key_problems("kms_key_arn", cluster.kms_key_arn, data.get("region")),
            *_zone_problems(cluster, data.get("network")),
            *_principal_problems(cluster, data.get("region"), data.get("account_id")),
        ]
        return _unless(problems, cluster)

    @field_validator("csi_addon")
    @classmethod
    def _refuse_key_problems(cls, csi_addon: CsiAddonSettings, info: ValidationInfo) -> CsiAddonSettings:
        problems = _key_problems("kms_key", csi_addon.kms_key, info.data.get("region"))
        cluster = info.data.get("cluster")
        if csi_addon.enabled and cluster is not None and _is_outside_eks(cluster):
            problems.append(
                Problem(("enabled",), "is an add-on of EKS; a cluster of a kubeconfig has classes of its own")
            )
        return _unless(problems, csi_addon)

    @field_validator("cluster_addons")
    @classmethod
    def _refuse_addon_needs(cls, addons: ClusterAddonsSettings, info: ValidationInfo) -> ClusterAddonsSettings:
        network, cluster = info.data.get("network"), info.data.get("cluster")
        problems = [] if network is None else list(network_problems(addons, network))
        if cluster is not None:
            problems.extend(cluster_problems(addons, cluster, info.data.get("region")))
        return _unless(problems, addons)

    @field_validator("kube_prom_stack")
    @classmethod
    def _refuse_network_needs(cls, stack: KubePromStackSettings, info: ValidationInfo) -> KubePromStackSettings:
        network, cluster = info.data.get("network"), info.data.get("cluster")
        problems = [] if network is None else list(_network_needs(stack, network))
        if cluster is not None and cluster.existing is not None:
            problems.extend(_existing_cluster_needs(stack, cluster.existing, info.data.get("region")))
        elif cluster is not None and stack.service_type == "LoadBalancer":
            problems.append(Problem(("service_type",), "would open the services on EKS; use grafana.ingress"))
        return _unless(problems, stack)


RESERVED_TAGS = ("environment", "managed-by")
# Resources carry Name, two tags of this project, and those that EKS adds.
MOST_TAGS = aws.TAGS_PER_RESOURCE - 10


def _tag_problems(tags: dict[str, str]) -> Iterator[Problem]:
    """Yield keys that IAM takes for the same as another: it does not tell upper from lower case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
    """
    if len(tags) > MOST_TAGS:
        yield Problem((), f"{len(tags)} given; at most {MOST_TAGS} are allowed")
    for key in tags:
        if key.lower() in RESERVED_TAGS:
            yield Problem((key,), "is set by this project itself")
    keys = tuple(tags)
    for position in find_duplicates(key.lower() for key in keys):
        yield Problem((keys[position],), "differs from another key in upper and lower case only, which IAM refuses")


def _place_problems(cluster: ClusterSettings, data: Mapping[str, object]) -> Iterator[Problem]:
    """Yield a region or network that is missing or too much; one that is wrong is told elsewhere."""
    existing = cluster.existing
    if "region" in data and data["region"] is None and (existing is None or existing.eks is not None):
        yield Problem((), "is in AWS: the environment needs a region")
    if "network" in data and (data["network"] is None) == (existing is None):
        message = "needs the network section" if existing is None else "has its network; remove the network section"
        yield Problem((), message)


def _is_outside_eks(cluster: ClusterSettings) -> bool:
    return cluster.existing is not None and cluster.existing.eks is None


def _existing_cluster_needs(
    stack: KubePromStackSettings, existing: ExistingCluster, region: str | None
) -> Iterator[Problem]:
    """Yield what needs AWS or IRSA where the environment has none, or the network that it does not know."""
    uses = stack.uses_of_aws()
    for location in uses:
        if region is None:
            yield Problem(location, "uses AWS: the environment needs a region")
        if existing.eks is None and existing.oidc_provider_arn is None and location not in stack.uses_without_role():
            yield Problem(location, "needs an IAM role: give cluster.existing.oidc_provider_arn")
    for name, targets in stack.prometheus.ec2_targets.items():
        if existing.eks is None and targets.security_group_id is not None:
            yield Problem(("prometheus", "ec2_targets", name, "security_group_id"), "needs a cluster on EKS")
    grafana = stack.managed_grafana
    if grafana.enabled and grafana.needed_endpoints():
        yield Problem(
            ("managed_grafana",), "reaches into the environment's own network, which an existing cluster lacks"
        )


def _network_needs(stack: KubePromStackSettings, network: NetworkSettings) -> Iterator[Problem]:
    """Yield what the monitoring would not reach from this network."""
    if network.nat_gateways == "none" and stack.image_registry is None:
        yield Problem(
            ("image_registry",), "is needed while network.nat_gateways is none: public registries are out of reach"
        )
    if stack.managed_grafana.enabled:
        for location, endpoints in stack.managed_grafana.needed_endpoints().items():
            missing = [name for name in dict.fromkeys(endpoints) if name not in network.interface_endpoints]
            if missing:
                yield Problem(
                    ("managed_grafana", *location), f"needs {', '.join(missing)} in network.interface_endpoints"
                )


def _service_cidr_problems(cidr: IPv4Network | None, network: NetworkSettings | None) -> Iterator[Problem]:
    if cidr is not None and network is not None and cidr.overlaps(network.vpc_cidr):
        yield Problem(("service_ipv4_cidr",), f"{cidr} overlaps network.vpc_cidr {network.vpc_cidr}")


def _key_problems(field: str, key: str | None, region: str | None) -> list[Problem]:
    """Return that a KMS key is of another region than what it encrypts, unless it is no ARN."""
    if key is None or region is None or not key.startswith("arn:"):
        return []
    wanted = f"arn:{aws.partition_of(region)}:kms:{region}:"
    return [] if key.startswith(wanted) else [Problem((field,), f"{key} is not a key of region {region}")]


def _zone_problems(cluster: ClusterSettings, network: NetworkSettings | None) -> Iterator[Problem]:
    """Yield zones of the control plane and of nodes that the network does not have."""
    if network is None:
        return
    lists: dict[Location, tuple[str, ...]] = {
        ("control_plane_zones",): cluster.control_plane_zones,
        **{("node_groups", name, "zones"): group.zones for name, group in cluster.node_groups.items()},
    }
    for location, zones in lists.items():
        for position, zone in enumerate(zones):
            if zone not in network.zones:
                yield Problem((*location, position), f"{zone} is not one of network.zones")


def _principal_problems(cluster: ClusterSettings, region: str | None, account_id: str | None) -> Iterator[Problem]:
    seen = set()
    for name, entry in cluster.access_entries.items():
        principal = entry.principal
        location = ("access_entries", name, "principal")
        short = entry.principal_in(account_id)
        if short in seen:
            yield Problem(location, f"{principal} has an entry already")
        seen.add(short)
        if region is not None and principal.startswith("arn:"):
            partition = aws.partition_of(region)
            if not principal.startswith(f"arn:{partition}:"):
                yield Problem(location, f"{principal} is not of {partition}, the partition of region {region}")


def _unless(problems: list[Problem], value: T) -> T:
    if problems:
        raise SettingsError(problems)
    return value
