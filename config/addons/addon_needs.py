"""What the cluster's add-ons need of the environment's network and cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.settings import Problem
from config.network.reach import unreached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.addons.cluster_addons import ClusterAddonsSettings
    from config.cluster.cluster import ClusterSettings
    from config.network.network import NetworkSettings


def network_problems(addons: ClusterAddonsSettings, network: NetworkSettings) -> Iterator[Problem]:
    """Yield what is out of reach from a network without a NAT gateway."""
    if network.nat_gateways != "none" or not addons.enabled:
        return
    if addons.image_registry is None:
        yield Problem(
            ("image_registry",), "is needed while network.nat_gateways is none: public registries are out of reach"
        )
    yield from unreached("cluster_addons", addons, network)


def cluster_problems(addons: ClusterAddonsSettings, cluster: ClusterSettings, region: str | None) -> Iterator[Problem]:
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


def _problems_outside_eks(addons: ClusterAddonsSettings, *, has_roles: bool) -> Iterator[Problem]:
    if addons.identity == "pod-identity":
        yield Problem(("identity",), "pod-identity is of EKS; a cluster of a kubeconfig has no agent for it")
    for name, addon in addons.installed.items():
        if addon.ONLY_ON_EKS:
            yield Problem((name, "enabled"), "works on EKS only, not in a cluster of a kubeconfig")
        elif not has_roles:
            for setting in addon.uses_of_aws():
                yield Problem((name, setting), "needs an IAM role: give cluster.existing.oidc_provider_arn")
