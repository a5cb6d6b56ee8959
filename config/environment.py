"""An environment: everything that one file under `values/environments/` says."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from config import aws
from config.backend import Backend, CloudBackend, LocalBackend
from config.cluster import ClusterSettings
from config.csi_addon import CsiAddonSettings
from config.kube_prom_stack import KubePromStackSettings
from config.network import NetworkSettings
from config.settings import Problem, Settings, SettingsError
from config.types import AccountId, Region, TagKey, TagValue, is_label, text

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
        problems = [Problem((key,), "is set by this project itself") for key in tags if key in RESERVED_TAGS]
        if len(tags) > MOST_TAGS:
            problems.append(Problem((), f"{len(tags)} given; at most {MOST_TAGS} are allowed"))
        return _unless(problems, tags)

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
        problems = []
        network, service_cidr = info.data.get("network"), cluster.service_ipv4_cidr
        if network is not None and service_cidr is not None and service_cidr.overlaps(network.vpc_cidr):
            problems.append(
                Problem(("service_ipv4_cidr",), f"{service_cidr} overlaps network.vpc_cidr {network.vpc_cidr}")
            )
        return _unless(problems, cluster)

    @field_validator("kube_prom_stack")
    @classmethod
    def _refuse_registry_problems(cls, stack: KubePromStackSettings, info: ValidationInfo) -> KubePromStackSettings:
        network = info.data.get("network")
        problems = []
        if network is not None and network.nat_gateways == "none" and stack.image_registry is None:
            problems.append(
                Problem(
                    ("image_registry",),
                    "is needed while network.nat_gateways is none: public registries are out of reach",
                )
            )
        return _unless(problems, stack)


RESERVED_TAGS = ("environment", "managed-by")
# Resources carry Name, two tags of this project, and those that EKS adds.
MOST_TAGS = aws.TAGS_PER_RESOURCE - 10


def _unless(problems: list[Problem], value: T) -> T:
    if problems:
        raise SettingsError(problems)
    return value
