"""The settings that keep the network as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adoption.reading.objects import first
from config.network.subnet_blocks import TIERS, subnet_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adoption.keeping.keep import Existing
    from adoption.reading.state_model import StateObject
    from config.network.network import NetworkSettings

FEWEST_ZONES: Final = 2
# https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
INTERNAL_TAG, PUBLIC_TAG = "kubernetes.io/role/internal-elb", "kubernetes.io/role/elb"


def keep_network(existing: Existing) -> None:
    """Keep blocks, zones and NAT gateways, and leave the default security group alone."""
    network, vpc = existing.environment.network, existing.vpc()
    if network is None:
        return
    _keep_default_group(existing, has_vpc=vpc is not None)
    if vpc is None:
        return
    block = vpc.attributes["cidr_block"]
    existing.keep("network.vpc_cidr", block, "The block of the VPC as it is; it cannot change.")
    subnets = [one for one in existing.all("aws_subnet") if one.attributes["vpc_id"] == vpc.attributes["id"]]
    _keep_subnets(existing, network, subnets)
    _keep_nat_gateways(existing, network, subnets)


def _keep_default_group(existing: Existing, *, has_vpc: bool) -> None:
    """Leave the default security group of a VPC that exists alone, unless a state or a person has it."""
    pinned = existing.pin("network", "vpc/default-security-group")
    exists = has_vpc or existing.pin("network", "vpc/this") is not None
    if exists and pinned is None and not existing.all("aws_default_security_group"):
        existing.keep(
            "network.empty_default_security_group",
            value=False,
            comment="Better: true, which takes every rule from the VPC's default security group. Later: see that "
            "nothing uses the group (EC2, network interfaces), then remove this line.",
        )


def _keep_subnets(existing: Existing, network: NetworkSettings, subnets: Sequence[StateObject]) -> None:
    wanted = {(zone, str(block.cidr)) for tier in TIERS for zone, block in subnet_blocks(network, tier).items()}
    there = {(one.attributes["availability_zone"], one.attributes["cidr_block"]) for one in subnets}
    if not subnets or wanted <= there:
        return
    chosen = _chosen_subnets(existing, subnets)
    zones = sorted(
        (zone for zone in chosen["private"] if zone in chosen["public"]),
        key=lambda zone: (zone not in network.zones, zone),
    )
    if len(zones) < FEWEST_ZONES:
        existing.say(
            f"{len(zones)} zones have a private and a public subnet by their tags and routes, the network needs "
            f"{FEWEST_ZONES}; set network.zones and network.cidrs by hand"
        )
        return
    comment = "As the subnets are; changing a block or a zone replaces the subnet."
    existing.keep("network.zones", zones, comment)
    existing.drop("network.cidrs", comment)
    for tier in TIERS:
        blocks = [chosen[tier][zone].attributes["cidr_block"] for zone in zones]
        existing.keep(f"network.{tier}_subnet_cidrs", blocks, comment)
    taken = {chosen[tier][zone].address for tier in TIERS for zone in zones}
    for one in subnets:
        if one.address not in taken:
            kind = _tier(existing, one)
            what = (
                "neither private nor public by tags and routes" if kind is None else f"not the {kind} one of its zone"
            )
            existing.kept.notes.append(f"{one} ({one.attributes['id']}) stays in the old state: it is {what}")


def _chosen_subnets(existing: Existing, subnets: Sequence[StateObject]) -> dict[str, dict[str, StateObject]]:
    """Return a subnet of each tier by zone: of several the one that load balancers look for, or that nodes use."""
    used = _used_subnets(existing)
    chosen: dict[str, dict[str, StateObject]] = {tier: {} for tier in TIERS}
    ordered = sorted(
        subnets,
        key=lambda one: (
            _tier_by_tags(one) is None,
            one.attributes["id"] not in used,
            str(one.attributes["cidr_block"]),
        ),
    )
    for one in ordered:
        tier, zone = _tier(existing, one), one.attributes["availability_zone"]
        if tier is not None and zone is not None and one.attributes["cidr_block"] is not None:
            chosen[tier].setdefault(zone, one)
    return chosen


def _used_subnets(existing: Existing) -> set[str]:
    cluster = existing.cluster()
    if cluster is None:
        return set()
    name = cluster.attributes["name"]
    groups = [one for one in existing.all("aws_eks_node_group") if one.attributes["cluster_name"] == name]
    used = {id_ for group in groups for id_ in group.attributes["subnet_ids"] or ()}
    return used | set(first(cluster.attributes["vpc_config"]).get("subnet_ids") or ())


def _tier(existing: Existing, subnet: StateObject) -> str | None:
    by_tags = _tier_by_tags(subnet)
    if by_tags is not None:
        return by_tags
    tables = {
        one.attributes["route_table_id"]
        for one in existing.all("aws_route_table_association")
        if one.attributes["subnet_id"] == subnet.attributes["id"]
    }
    routes = [one for one in existing.all("aws_route") if one.attributes["route_table_id"] in tables]
    if not routes:
        return None
    to_internet = any(str(one.attributes.get("gateway_id") or "").startswith("igw-") for one in routes)
    return "public" if to_internet else "private"


def _tier_by_tags(subnet: StateObject) -> str | None:
    tags = {**(subnet.attributes["tags_all"] or {}), **(subnet.attributes["tags"] or {})}
    if (INTERNAL_TAG in tags) == (PUBLIC_TAG in tags):
        return None
    return "private" if INTERNAL_TAG in tags else "public"


def _keep_nat_gateways(existing: Existing, network: NetworkSettings, subnets: Sequence[StateObject]) -> None:
    zone_of = {one.attributes["id"]: one.attributes["availability_zone"] for one in subnets}
    gateways = [one for one in existing.all("aws_nat_gateway") if one.attributes["subnet_id"] in zone_of]
    zones = [zone_of[one.attributes["subnet_id"]] for one in gateways if not _is_private(one)]
    private_zones = {zone_of[one.attributes["id"]] for one in subnets if _tier(existing, one) == "private"}
    if len(gateways) == len(zones) == 1:
        existing.keep(
            "network.nat_gateways",
            "single",
            "Better: per_zone, which survives the loss of a zone. Later: change it; routes move within seconds.",
        )
        if zones[0] != (network.nat_gateway_zone or network.zones[0]):
            comment = "Where the NAT gateway is; another zone replaces it."
            existing.keep("network.nat_gateway_zone", zones[0], comment)
    elif len(gateways) == len(zones) and len(set(zones)) == len(zones) and set(zones) >= private_zones:
        existing.keep("network.nat_gateways", "per_zone", "As the NAT gateways are.")
    elif subnets:
        existing.keep(
            "network.nat_gateways",
            "unmanaged",
            f"The VPC has {len(gateways)} NAT gateways, neither one nor one in each zone: the routes of the private "
            "subnets stay as they are. Better: per_zone. Later: change it, and look at the plan.",
        )
        existing.drop("network.nat_gateway_zone", "No NAT gateway is managed here.")


def _is_private(gateway: StateObject) -> bool:
    return bool(gateway.attributes["connectivity_type"] == "private")
