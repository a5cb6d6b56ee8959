"""What the cluster's add-ons need of the environment's network and cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.addons.cluster_addons import ClusterAddonsSettings
    from config.cluster.cluster import ClusterSettings
    from config.network.network import NetworkSettings

# What is called without a NAT gateway, beside what the network needs itself (config/network/network.py).
# https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
ENDPOINTS: Final = {
    "cluster_autoscaler": ("autoscaling",),
    "aws_load_balancer_controller": ("elasticloadbalancing",),
}
ONLY_ON_EKS: Final = ("cluster_autoscaler", "aws_load_balancer_controller")


def network_problems(addons: ClusterAddonsSettings, network: NetworkSettings) -> Iterator[Problem]:
    """Yield what is out of reach from a network without a NAT gateway."""
    if network.nat_gateways != "none" or not addons.enabled:
        return
    if addons.image_registry is None:
        yield Problem(
            ("image_registry",), "is needed while network.nat_gateways is none: public registries are out of reach"
        )
    for name, endpoints in ENDPOINTS.items():
        missing = [endpoint for endpoint in endpoints if endpoint not in network.interface_endpoints]
        if name in addons.enabled and missing:
            yield Problem((name, "enabled"), f"needs {', '.join(missing)} in network.interface_endpoints")
    for location in addons.uses_of_route53():
        yield Problem(location, "needs Route 53, which is out of reach while network.nat_gateways is none")


def cluster_problems(addons: ClusterAddonsSettings, cluster: ClusterSettings, region: str | None) -> Iterator[Problem]:
    """Yield what the cluster cannot give, and who would change sizes beside the autoscaler."""
    existing = cluster.existing
    if region is None:
        for location in addons.uses_of_aws():
            yield Problem(location, "uses AWS: the environment needs a region")
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
    for name in ONLY_ON_EKS:
        if name in addons.enabled:
            yield Problem((name, "enabled"), "works on EKS only, not in a cluster of a kubeconfig")
    if not has_roles:
        for location in addons.uses_of_route53():
            yield Problem(location, "needs an IAM role: give cluster.existing.oidc_provider_arn")
