"""The settings that keep the network as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.network.network import TIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adoption.keeping.keep import Existing
    from adoption.state_model import StateObject
    from config.network.network import NetworkSettings

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
    wanted = {(zone, str(block.cidr)) for tier in TIERS for zone, block in network.subnet_blocks(tier).items()}
    there = {(one.attributes["availability_zone"], one.attributes["cidr_block"]) for one in subnets}
    if not subnets or wanted <= there:
        return
    blocks: dict[str, dict[str, str]] = {"private": {}, "public": {}}
    for one in subnets:
        tier, zone = _tier(existing, one), one.attributes["availability_zone"]
        if tier is None or zone in blocks[tier]:
            why = (
                "neither private nor public by its tags and routes"
                if tier is None
                else f"a second {tier} one in {zone}"
            )
            existing.say(f"{one} ({one.attributes['id']}) is {why}; set network.cidrs by hand")
            return
        blocks[tier][zone] = one.attributes["cidr_block"]
    zones = sorted(blocks["private"], key=lambda zone: (zone not in network.zones, zone))
    if set(blocks["public"]) != set(zones):
        existing.say("private and public subnets are not in the same zones; set network.zones by hand")
        return
    comment = "As the subnets are; changing a block or a zone replaces the subnet."
    existing.keep("network.zones", zones, comment)
    for tier, by_zone in blocks.items():
        existing.keep(f"network.{tier}_subnet_cidrs", [by_zone[zone] for zone in zones], comment)


def _tier(existing: Existing, subnet: StateObject) -> str | None:
    tags = {**(subnet.attributes.get("tags_all") or {}), **(subnet.attributes.get("tags") or {})}
    if (INTERNAL_TAG in tags) != (PUBLIC_TAG in tags):
        return "private" if INTERNAL_TAG in tags else "public"
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


def _keep_nat_gateways(existing: Existing, network: NetworkSettings, subnets: Sequence[StateObject]) -> None:
    zone_of = {one.attributes["id"]: one.attributes["availability_zone"] for one in subnets}
    gateways = [one for one in existing.all("aws_nat_gateway") if one.attributes["subnet_id"] in zone_of]
    zones = [zone_of[one.attributes["subnet_id"]] for one in gateways]
    if len(zones) == 1:
        existing.keep(
            "network.nat_gateways",
            "single",
            "Better: per_zone, which survives the loss of a zone. Later: change it; routes move within seconds.",
        )
        if zones[0] != (network.nat_gateway_zone or network.zones[0]):
            comment = "Where the NAT gateway is; another zone replaces it."
            existing.keep("network.nat_gateway_zone", zones[0], comment)
    elif zones and sorted(zones) == sorted(set(zone_of.values())):
        existing.keep("network.nat_gateways", "per_zone", "As the NAT gateways are.")
    elif zones:
        existing.say(f"{len(zones)} NAT gateways are neither one nor one in each zone")
