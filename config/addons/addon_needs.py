"""What the cluster's add-ons need of the environment's network and cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.core.settings import Problem
from config.network.reach import unreached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.addons.cluster_addons import ClusterAddonsSettings
    from config.addons.karpenter.karpenter import KarpenterSettings
    from config.cluster.cluster import ClusterSettings
    from config.network.network import NetworkSettings


def addon_problems(addons: ClusterAddonsSettings, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the environment's other sections lack; one that is wrong itself is not among them."""
    network, cluster = data.get("network"), data.get("cluster")
    if network is not None:
        yield from _network_problems(addons, network)
    if cluster is not None:
        yield from _cluster_problems(addons, cluster, data.get("region"))
        if addons.nvidia_device_plugin.enabled and cluster.existing is None and not addons.karpenter.enabled:
            yield from _gpu_problems(cluster)
        if addons.karpenter.enabled:
            yield from _karpenter_problems(addons.karpenter, cluster, network, data.get("region"))


def _network_problems(addons: ClusterAddonsSettings, network: NetworkSettings) -> Iterator[Problem]:
    """Yield what is out of reach from a network without a NAT gateway."""
    if network.nat_gateways != "none" or not addons.enabled:
        return
    if addons.image_registry is None:
        yield Problem(
            ("image_registry",), "is needed while network.nat_gateways is none: public registries are out of reach"
        )
    yield from unreached("cluster_addons", addons, network)


def _cluster_problems(addons: ClusterAddonsSettings, cluster: ClusterSettings, region: str | None) -> Iterator[Problem]:
    """Yield what the cluster cannot give, and what else would change sizes together with the autoscaler."""
    existing = cluster.existing
    if region is None:
        for name, addon in addons.installed.items():
            for setting in addon.uses_of_aws():
                yield Problem((name, setting), "uses AWS: the environment needs a region")
    if existing is not None and existing.eks is None:
        yield from _problems_outside_eks(addons, has_roles=existing.oidc_provider_arn is not None)
    if not addons.cluster_autoscaler.enabled:
        return
    for name, node_group in cluster.node_groups.items():
        if node_group.desired_size_managed_by == "terraform":
            yield Problem(
                ("cluster_autoscaler", "enabled"),
                f"would change what Terraform sets: desired_size_managed_by of node group {name} is terraform",
            )


def _gpu_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    """Yield a plugin without a node to run on."""
    if not any(group.needs_device_plugin for group in cluster.node_groups.values()):
        message = (
            "has no node to run on: no node group has an ami_type of AL2023 with NVIDIA; Bottlerocket brings its own"
        )
        yield Problem(("nvidia_device_plugin", "enabled"), message)


def _karpenter_problems(
    karpenter: KarpenterSettings, cluster: ClusterSettings, network: NetworkSettings | None, region: str | None
) -> Iterator[Problem]:
    """Yield nodes of Karpenter that could not join the cluster, or could be nowhere."""
    if cluster.authentication_mode == "CONFIG_MAP":
        message = "needs cluster.authentication_mode API_AND_CONFIG_MAP or API: its nodes join by an access entry"
        yield Problem(("karpenter",), message)
    for name, pool in karpenter.node_pools.items():
        for position, zone in enumerate(pool.zones):
            location = ("karpenter", "node_pools", name, "zones", position)
            if network is not None and zone not in network.zones:
                yield Problem(location, f"{zone} is not one of network.zones")
            elif network is None and region is not None and zone[:-1] != region:
                yield Problem(location, f"{zone} is not a zone of region {region}")
    for name, one in karpenter.node_classes.items():
        if one.volume_kms_key_arn is not None and region is not None and f":{region}:" not in one.volume_kms_key_arn:
            message = f"{one.volume_kms_key_arn} is not a key of region {region}"
            yield Problem(("karpenter", "node_classes", name, "volume_kms_key_arn"), message)


def _problems_outside_eks(addons: ClusterAddonsSettings, *, has_roles: bool) -> Iterator[Problem]:
    if addons.identity == "pod-identity":
        yield Problem(("identity",), "pod-identity is of EKS; a cluster of a kubeconfig has no agent for it")
    for name, addon in addons.installed.items():
        if addon.ONLY_ON_EKS:
            yield Problem((name, "enabled"), "works on EKS only, not in a cluster of a kubeconfig")
        elif not has_roles:
            for setting in addon.uses_of_aws():
                yield Problem((name, setting), "needs an IAM role: give cluster.existing.oidc_provider_arn")
