"""An environment: everything that one file under `values/environments/` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from config import aws
from config.backend import Backend, CloudBackend, LocalBackend, S3Backend
from config.cluster import ClusterSettings
from config.csi_addon import CsiAddonSettings
from config.kube_prom_stack import KubePromStackSettings
from config.network import NetworkSettings
from config.settings import Problem, Settings, SettingsError
from config.types import AccountId, Region, TagKey, TagValue, find_duplicates, is_label, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

T = TypeVar("T")


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
    region: Region = Field(description="AWS region of everything in the environment.")
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
    network: NetworkSettings = Field(description="The network stack.")
    cluster: ClusterSettings = Field(description="The cluster stack.")
    csi_addon: CsiAddonSettings = Field(default=CsiAddonSettings(), description="The csi-addon stack.")
    kube_prom_stack: KubePromStackSettings = Field(
        default=KubePromStackSettings(), description="The kube-prom-stack stack."
    )

    @property
    def partition(self) -> str:
        """The ARN partition of the region."""
        return aws.partition_of(self.region)

    @property
    def cluster_name(self) -> str:
        """The name of the EKS cluster: `<environment>-<cluster.name>`."""
        return f"{self.name}-{self.cluster.name}"

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
    def _refuse_network_problems(cls, network: NetworkSettings, info: ValidationInfo) -> NetworkSettings:
        region = info.data.get("region")
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
            *_name_problems(data.get("name"), cluster),
            *_service_cidr_problems(cluster.service_ipv4_cidr, data.get("network")),
            *_key_problems("kms_key_arn", cluster.kms_key_arn, data.get("region")),
            *_principal_problems(cluster, data.get("region"), data.get("account_id")),
        ]
        return _unless(problems, cluster)

    @field_validator("csi_addon")
    @classmethod
    def _refuse_key_problems(cls, csi_addon: CsiAddonSettings, info: ValidationInfo) -> CsiAddonSettings:
        return _unless(_key_problems("kms_key", csi_addon.kms_key, info.data.get("region")), csi_addon)

    @field_validator("kube_prom_stack")
    @classmethod
    def _refuse_network_needs(cls, stack: KubePromStackSettings, info: ValidationInfo) -> KubePromStackSettings:
        network = info.data.get("network")
        return stack if network is None else _unless(list(_network_needs(stack, network)), stack)


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


def _name_problems(name: str | None, cluster: ClusterSettings) -> Iterator[Problem]:
    longest = aws.IAM_ROLE_NAME_MAX_LENGTH - aws.IAM_ROLE_SUFFIX_MAX_LENGTH
    if name is not None and len(f"{name}-{cluster.name}") > longest:
        message = (
            f"{name}-{cluster.name} is longer than {longest} characters, the most that fits into names of IAM roles"
        )
        yield Problem(("name",), message)


def _service_cidr_problems(cidr: IPv4Network | None, network: NetworkSettings | None) -> Iterator[Problem]:
    if cidr is not None and network is not None and cidr.overlaps(network.vpc_cidr):
        yield Problem(("service_ipv4_cidr",), f"{cidr} overlaps network.vpc_cidr {network.vpc_cidr}")


def _key_problems(field: str, key: str | None, region: str | None) -> list[Problem]:
    """Return that a KMS key is of another region than what it encrypts, unless it is no ARN."""
    if key is None or region is None or not key.startswith("arn:"):
        return []
    wanted = f"arn:{aws.partition_of(region)}:kms:{region}:"
    return [] if key.startswith(wanted) else [Problem((field,), f"{key} is not a key of region {region}")]


def _principal_problems(cluster: ClusterSettings, region: str | None, account_id: str | None) -> Iterator[Problem]:
    seen = set()
    for name, entry in cluster.access_entries.items():
        principal = entry.principal
        location = ("access_entries", name, "principal")
        own = f"::{account_id}:"
        short = principal.rpartition(own)[2] if account_id is not None and own in principal else principal
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
