"""What the sections of an environment need of each other: regions, zones, keys, networks and clusters that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.core import aws
from config.core.region_services import regions_without
from config.core.settings import Problem
from config.core.types import find_duplicates
from config.monitoring.prometheus.agent_mode import agent_mode_problems
from config.network.reach import unreached
from config.place import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.backend import S3Backend
    from config.cluster.cluster import ClusterSettings
    from config.cluster.csi_addon import CsiAddonSettings
    from config.cluster.existing_cluster import ExistingCluster
    from config.core.problems import Location
    from config.core.region_services import Service
    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from config.network.network import NetworkSettings

RESERVED_TAGS = ("environment", "managed-by")
# Resources carry Name, two tags of this project, and those that EKS adds.
MOST_TAGS = aws.TAGS_PER_RESOURCE - 10


def tag_problems(tags: dict[str, str]) -> Iterator[Problem]:
    """Yield keys that IAM takes for the same as another: it does not distinguish upper and lower case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
    """
    if len(tags) > MOST_TAGS:
        yield Problem((), f"{len(tags)} given; at most {MOST_TAGS} are allowed")
    for key in tags:
        if key.lower() in RESERVED_TAGS:
            yield Problem((key,), "is set by this project itself")
        elif key.lower() == "name" and key != "Name":
            yield Problem(
                (key,), "differs from Name, which resources have, in upper and lower case only; IAM refuses it"
            )
    keys = tuple(tags)
    for position in find_duplicates(key.lower() for key in keys):
        yield Problem((keys[position],), "differs from another key in upper and lower case only, which IAM refuses")


def place_problems(cluster: ClusterSettings, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what keeps the cluster from its place; a region or network that is wrong itself is reported elsewhere."""
    region, network = data.get("region"), data.get("network")
    found = place_of(cluster, region, network)
    if isinstance(found, dict):
        yield from (problem for field, problem in found.items() if field in data)


def state_problems(backend: S3Backend, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a bucket without a region, and a key of another one."""
    region = backend.region or data.get("region")
    if "region" in data and region is None:
        yield Problem((), "needs a region: neither it nor the environment has one")
    yield from key_problems("kms_key_arn", backend.kms_key_arn, region)


def monitoring_needs(stack: KubePromStackSettings, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what does not fit to a Prometheus in agent mode, and services that the region lacks."""
    yield from agent_mode_problems(stack, data.get("cluster_addons"))
    yield from _service_problems(stack, data.get("region"))


def _service_problems(stack: KubePromStackSettings, region: str | None) -> Iterator[Problem]:
    """Yield a service of AWS that the region lacks; a workspace that exists may be in another."""
    prometheus, grafana = stack.managed_prometheus, stack.managed_grafana
    used: dict[Location, tuple[Service, bool]] = {
        ("managed_prometheus", "enabled"): (
            "Amazon Managed Service for Prometheus",
            prometheus.enabled and prometheus.existing is None,
        ),
        ("managed_grafana", "enabled"): ("Amazon Managed Grafana", grafana.enabled),
    }
    for location, (service, is_used) in used.items():
        if is_used and region in regions_without(service):
            yield Problem(location, f"{service} is not in region {region}")


def is_outside_eks(cluster: ClusterSettings) -> bool:
    """Return whether the cluster is one of a kubeconfig."""
    return cluster.existing is not None and cluster.existing.eks is None


def csi_problems(csi_addon: CsiAddonSettings, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a driver where there is none, and settings of it where Auto Mode has its own."""
    yield from key_problems("kms_key", csi_addon.kms_key, data.get("region"))
    cluster = data.get("cluster")
    if cluster is None:
        return
    if csi_addon.enabled and is_outside_eks(cluster):
        yield Problem(("enabled",), "is an add-on of EKS; a cluster of a kubeconfig has classes of its own")
    if cluster.has_only_auto_nodes:
        for field in sorted({"addon", "kms_key", "managed_policy", "role_name"} & csi_addon.model_fields_set):
            yield Problem((field,), "has no effect: volumes of Auto Mode have no driver and no role of their own")


def existing_cluster_needs(
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


def network_needs(stack: KubePromStackSettings, network: NetworkSettings) -> Iterator[Problem]:
    """Yield what the monitoring would not reach from this network."""
    if network.nat_gateways == "none" and stack.image_registry is None:
        yield Problem(
            ("image_registry",), "is needed while network.nat_gateways is none: public registries are out of reach"
        )
    yield from unreached("kube_prom_stack", stack, network)
    if stack.managed_grafana.enabled:
        for location, endpoints in stack.managed_grafana.needed_endpoints().items():
            missing = [name for name in dict.fromkeys(endpoints) if name not in network.interface_endpoints]
            if missing:
                yield Problem(
                    ("managed_grafana", *location), f"needs {', '.join(missing)} in network.interface_endpoints"
                )


def key_problems(field: str, key: str | None, region: str | None) -> list[Problem]:
    """Return that a KMS key is of another region than what it encrypts, unless it is no ARN."""
    if key is None or region is None or not key.startswith("arn:"):
        return []
    wanted = f"arn:{aws.partition_of(region)}:kms:{region}:"
    return [] if key.startswith(wanted) else [Problem((field,), f"{key} is not a key of region {region}")]


def zone_problems(cluster: ClusterSettings, network: NetworkSettings | None) -> Iterator[Problem]:
    """Yield zones of the control plane and of nodes that the network does not have."""
    if network is None:
        return
    lists: dict[Location, tuple[str, ...]] = {
        ("control_plane_zones",): cluster.control_plane_zones,
        **{("node_groups", name, "zones"): group.zones for name, group in cluster.node_groups.items()},
        **{("fargate_profiles", name, "zones"): one.zones for name, one in cluster.fargate_profiles.items()},
    }
    for location, zones in lists.items():
        for position, zone in enumerate(zones):
            if zone not in network.zones:
                yield Problem((*location, position), f"{zone} is not one of network.zones")


def group_name_problems(cluster: ClusterSettings, network: NetworkSettings | None) -> Iterator[Problem]:
    """Yield a group that would have the name of another one's part in a zone."""
    zones = () if network is None else network.zones
    for name, settings in cluster.node_groups.items():
        for part in settings.by_zone(name, zones):
            if part != name and part in cluster.node_groups:
                yield Problem(("node_groups", part), f"is also the name of {name} in a zone, by one_group_per_zone")


def principal_problems(cluster: ClusterSettings, region: str | None, account_id: str | None) -> Iterator[Problem]:
    """Yield principals that have two access entries, or are of another partition than the region."""
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
