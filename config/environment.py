"""An environment: everything that one file under `values/environments/` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeVar

from pydantic import Field, JsonValue, PrivateAttr, ValidationInfo, field_validator, model_validator

from config.addons.addon_needs import addon_problems
from config.addons.cluster_addons import ClusterAddonsSettings
from config.backend import Backend, CloudBackend, LocalBackend, S3Backend
from config.cluster.cluster import ClusterSettings
from config.cluster.csi_addon import CsiAddonSettings
from config.cluster.iam import IamSettings
from config.cluster.node_scaling import scaled_by, scaling_problems
from config.cluster.pod_network import address_problems
from config.commands import CommandsSettings
from config.core.settings import Problem, Settings, SettingsError
from config.core.types import AccountId, MovedResources, Region, TagKey, TagValue, WorkloadName, is_label, text
from config.environment_needs import (
    csi_problems,
    existing_cluster_needs,
    group_name_problems,
    key_problems,
    monitoring_needs,
    network_needs,
    place_problems,
    principal_problems,
    state_problems,
    tag_problems,
    zone_problems,
)
from config.monitoring.grafana.grafana_content import GrafanaContentSettings, content_problems
from config.monitoring.kube_prom_stack import KubePromStackSettings
from config.network.network import NetworkSettings
from config.overrides import Overrides
from config.place import Place, place_of
from config.policy.policy import PolicySettings

if TYPE_CHECKING:
    from config.cluster.existing_cluster import ExistingCluster

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
    region: Region | None = Field(
        default=None,
        description="AWS region of everything in the environment. Default: none, for an existing cluster without AWS.",
    )
    account_id: AccountId | None = Field(
        default=None,
        description="The only AWS account that may be changed, in quotes. Default: whichever the credentials are of.",
    )
    tags: dict[TagKey, TagValue] = Field(
        default={}, description="Tags of every AWS resource, in addition to environment and managed-by."
    )
    iam: IamSettings = Field(default=IamSettings(), description="Every IAM role. Default: no boundary, path /.")
    backend: Annotated[Backend, Field(discriminator="type")] = Field(
        default=LocalBackend(), description="Where state is kept. Default: local."
    )
    kubernetes_auth: Literal["exec", "token"] | None = Field(
        default=None,
        description="How the helm and kubernetes providers log in: `exec` runs `aws eks get-token`; `token` makes a "
        "token at the plan and again at the apply, for runners without the aws command (Terraform 1.10, OpenTofu 1.11 "
        "or newer). Default: token with the cloud backend, else exec.",
    )
    network: NetworkSettings | None = Field(
        default=None, description="The network stack. Default: none, for an existing cluster."
    )
    cluster: ClusterSettings = Field(description="The cluster stack, or the cluster that exists.")
    csi_addon: CsiAddonSettings = Field(default=CsiAddonSettings(), description="The csi-addon stack.")
    cluster_addons: ClusterAddonsSettings = Field(
        default=ClusterAddonsSettings(), validate_default=True, description="The cluster-addons stack. Default: none."
    )
    kube_prom_stack: KubePromStackSettings = Field(
        default=KubePromStackSettings(), description="The kube-prom-stack stack."
    )
    grafana_content: GrafanaContentSettings = Field(
        default=GrafanaContentSettings(), description="The grafana-content stack. Default: none."
    )
    moved: MovedResources = Field(
        default={},
        description="Resources that are the same under another address, by stack: the new address by the former one, "
        "both as a plan shows them. An entry can go once the stack has been deployed. Default: none.",
    )
    # Checked by config.workloads.workload_files, which nothing imports for an environment without workloads.
    workloads: dict[WorkloadName, dict[str, JsonValue] | None] = Field(
        default={},
        description="Applications of the workloads stack by name, as values/workloads/<name>.yaml says; settings that "
        "stand here win. Default: none.",
    )
    commands: CommandsSettings = Field(
        default=CommandsSettings(), description="AWS identity of the commands, and hooks."
    )
    policy: PolicySettings = Field(
        default=PolicySettings(), description="The rules that its stacks are checked by. Default: those of all packs."
    )
    overrides: Overrides = Field(
        default={},
        description="Arguments of single resources where no setting exists, by stack, path of the construct and name "
        "in the provider's schema; they win over settings, and null leaves an argument out. Default: none.",
    )

    _place: Place = PrivateAttr()

    @property
    def place(self) -> Place:
        """Where the environment is, with what such a place has."""
        return self._place

    @property
    def existing_cluster(self) -> ExistingCluster | None:
        """The cluster that exists already; None for a cluster of the environment's own."""
        return self.cluster.existing

    @property
    def cluster_name(self) -> str:
        """The name of the cluster: `<environment>-<cluster.name>`; the environment's for one of a kubeconfig."""
        existing = self.cluster.existing
        if existing is not None:
            return existing.eks or self.name
        return self.cluster.full_name or f"{self.name}-{self.cluster.name}"

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of the environment's own network; none for an existing cluster."""
        return () if self.network is None else self.network.zones

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
        return _unless(list(tag_problems(tags)), tags)

    @field_validator("backend")
    @classmethod
    def _refuse_backend_problems(cls, backend: Backend, info: ValidationInfo) -> Backend:
        return _unless(list(state_problems(backend, info.data)) if isinstance(backend, S3Backend) else [], backend)

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
            *place_problems(cluster, data),
            *address_problems(cluster, data.get("network"), data.get("region")),
            *key_problems("kms_key_arn", cluster.kms_key_arn, data.get("region")),
            *zone_problems(cluster, data.get("network")),
            *group_name_problems(cluster, data.get("network")),
            *principal_problems(cluster, data.get("region"), data.get("account_id")),
        ]
        return _unless(problems, cluster)

    @field_validator("csi_addon")
    @classmethod
    def _refuse_key_problems(cls, csi_addon: CsiAddonSettings, info: ValidationInfo) -> CsiAddonSettings:
        return _unless(list(csi_problems(csi_addon, info.data)), csi_addon)

    @field_validator("cluster_addons")
    @classmethod
    def _refuse_addon_needs(cls, addons: ClusterAddonsSettings, info: ValidationInfo) -> ClusterAddonsSettings:
        cluster = info.data.get("cluster")
        wanted = None if cluster is None else cluster.node_scaling
        scaled = scaled_by(addons, wanted)
        return _unless([*scaling_problems(addons, wanted), *addon_problems(scaled, info.data)], scaled)

    @field_validator("kube_prom_stack")
    @classmethod
    def _refuse_network_needs(cls, stack: KubePromStackSettings, info: ValidationInfo) -> KubePromStackSettings:
        network, cluster = info.data.get("network"), info.data.get("cluster")
        problems = [] if network is None else list(network_needs(stack, network))
        problems.extend(monitoring_needs(stack, info.data))
        if cluster is not None and cluster.existing is not None:
            problems.extend(existing_cluster_needs(stack, cluster.existing, info.data.get("region")))
        elif cluster is not None and stack.service_type == "LoadBalancer":
            problems.append(Problem(("service_type",), "would open the services on EKS; use grafana.ingress"))
        return _unless(problems, stack)

    @field_validator("grafana_content")
    @classmethod
    def _refuse_content_needs(cls, content: GrafanaContentSettings, info: ValidationInfo) -> GrafanaContentSettings:
        stack = info.data.get("kube_prom_stack")
        return content if stack is None else _unless(list(content_problems(content, stack)), content)

    @model_validator(mode="after")
    def _find_place(self) -> Self:
        place = place_of(self.cluster, self.region, self.network)
        if isinstance(place, dict):
            raise SettingsError([Problem(("cluster", *one.location), one.message) for one in place.values()])
        self._place = place
        return self


def _unless(problems: list[Problem], value: T) -> T:
    if problems:
        raise SettingsError(problems)
    return value
