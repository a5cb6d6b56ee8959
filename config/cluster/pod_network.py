"""Checks of the addresses that pods and services get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.cluster.instance_types import is_on_nitro
from config.core import aws
from config.core.settings import Problem
from config.network.subnet_blocks import subnet_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

    from config.cluster.cluster import ClusterSettings
    from config.cluster.eks_addons import VpcCniAddon
    from config.network.network import NetworkSettings

# AWS keeps the first four addresses of a subnet and the last one: a /27 has no /28 without any of them.
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
LONGEST_PREFIX_WITH_WHOLE_BLOCKS: Final = 26


def pod_network_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    """Yield what EKS refuses of the addresses of a cluster, and what would give its pods none."""
    if cluster.service_ipv4_cidr is not None:
        yield from _service_cidr_problems(cluster.service_ipv4_cidr)
    if cluster.ip_family == "ipv6":
        yield from _ipv6_problems(cluster)
        yield from _xen_problems(cluster, "ip_family ipv6")
    elif cluster.addons.vpc_cni.prefix_delegation:
        yield from _xen_problems(cluster, "addons.vpc_cni.prefix_delegation")


def _ipv6_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    """Yield what cannot be used with IPv6: https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html."""
    if cluster.service_ipv4_cidr is not None:
        yield Problem(("service_ipv4_cidr",), "cannot be used with ip_family ipv6, for which EKS chooses the block")
    if cluster.addons.vpc_cni.custom_networking:
        yield Problem(("addons", "vpc_cni", "custom_networking"), "cannot be used with ip_family ipv6")
    if not cluster.addons.vpc_cni.enabled:
        yield Problem(
            ("addons", "vpc_cni", "enabled"), "must be true with ip_family ipv6, which EKS sets up in the add-on"
        )


def _xen_problems(cluster: ClusterSettings, setting: str) -> Iterator[Problem]:
    """Yield instance types that take no blocks of addresses, which makes them single addresses, or none.

    https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses-procedure.html
    """
    for name, group in cluster.node_groups.items():
        for position, instance_type in enumerate(group.instance_types):
            if not is_on_nitro(instance_type):
                location = ("node_groups", name, "instance_types", position)
                yield Problem(location, f"{instance_type} is not on Nitro, which {setting} needs")


def _service_cidr_problems(cidr: IPv4Network) -> Iterator[Problem]:
    shortest, longest = aws.SERVICE_PREFIX_LENGTHS
    if not shortest <= cidr.prefixlen <= longest:
        yield Problem(("service_ipv4_cidr",), f"{cidr} is outside the sizes that EKS takes, /{shortest} to /{longest}")
    if not any(cidr.subnet_of(private) for private in aws.RFC1918):
        yield Problem(
            ("service_ipv4_cidr",),
            f"{cidr} is not private; take one inside {', '.join(map(str, aws.RFC1918))}",
        )


def address_problems(
    cluster: ClusterSettings, network: NetworkSettings | None, region: str | None
) -> Iterator[Problem]:
    """Yield addresses of services that the network has as well, and pods for which it has no addresses."""
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
    if cluster.ip_family == "ipv6" and region is not None and aws.partition_of(region) == "aws-cn":
        yield Problem(("ip_family",), f"EKS has no clusters with IPv6 in China, region is {region}")
    if network is None:
        return
    if cluster.ip_family == "ipv6" and not network.ipv6:
        yield Problem(("ip_family",), "needs network.ipv6")
    services = cluster.service_ipv4_cidr
    for name, cidr in (("vpc_cidr", network.vpc_cidr), *(("secondary_cidrs", one) for one in network.secondary_cidrs)):
        if services is not None and services.overlaps(cidr):
            yield Problem(("service_ipv4_cidr",), f"{services} overlaps network.{name} {cidr}")
    for problem in _pod_subnet_problems(cluster.addons.vpc_cni, network):
        yield Problem(("addons", "vpc_cni", *problem.location), problem.message)


def _pod_subnet_problems(vpc_cni: VpcCniAddon, network: NetworkSettings) -> Iterator[Problem]:
    missing = [zone for zone in network.zones if zone not in network.pods_zones]
    if vpc_cni.custom_networking and missing:
        where = "network.existing.pods_subnet_ids" if network.existing else "network.cidrs.ZONE.pods"
        yield Problem(
            ("custom_networking",),
            f"needs a subnet for pods in each zone, {', '.join(missing)} has none: give it in {where}",
        )
    if vpc_cni.prefix_delegation and network.existing is None:
        blocks = subnet_blocks(network, "pods" if vpc_cni.custom_networking else "private")
        for zone, block in blocks.items():
            if block.cidr.prefixlen > LONGEST_PREFIX_WITH_WHOLE_BLOCKS:
                yield Problem(
                    ("prefix_delegation",),
                    f"finds no whole /28 in {block.cidr}, the block of pods in {zone}; it needs a /26 or larger",
                )
