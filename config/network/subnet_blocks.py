"""Blocks of the subnets: those that are given, and those that are computed for the rest."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pydantic import Field

from config.core import aws
from config.core.settings import Problem, Settings
from config.core.types import Cidr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location
    from config.network.network import NetworkSettings

Tier = Literal["private", "public"]
TIERS: Final[tuple[Tier, ...]] = ("private", "public")
"""Kinds of subnets that each zone has."""

FurtherTier = Literal["pods", "intra", "database"]
FURTHER_TIERS: Final[tuple[FurtherTier, ...]] = ("pods", "intra", "database")
"""Kinds of subnets that a zone has where their block is given."""

# Computed blocks of zones a to f, in the second half of the VPC: sixteenths from the ninth on for private subnets, then
# 64ths for public ones. Earlier releases split the first half by the number of zones; subnets that they made keep their
# blocks, and those of a further zone never overlap them. The first half is free for blocks that are given.
COMPUTED: Final[dict[Tier | FurtherTier, tuple[int, int]]] = {"private": (4, 8), "public": (6, 56)}
"""How many bits longer than the VPC's prefix a block is, and which of these blocks is the one of zone a."""
LAST_COMPUTED_ZONE: Final = "f"

MOST_COMPUTED_PREFIX: Final = aws.VPC_PREFIX_LENGTHS[1] - max(bits for bits, _ in COMPUTED.values())


class ZoneCidrs(Settings):
    """Blocks of the subnets of one zone."""

    private: Cidr | None = Field(
        default=None, description="Block of the private subnet. Default: computed from vpc_cidr and the zone's letter."
    )
    public: Cidr | None = Field(
        default=None, description="Block of the public subnet. Default: computed from vpc_cidr and the zone's letter."
    )
    pods: Cidr | None = Field(
        default=None,
        description="Block of a subnet for pods, with the route to the Internet of the private subnet; see "
        "cluster.addons.vpc_cni.custom_networking. Default: no such subnet.",
    )
    intra: Cidr | None = Field(
        default=None,
        description="Block of a subnet without a way out, which reaches the VPC and its gateway endpoints. "
        "Default: no such subnet.",
    )
    database: Cidr | None = Field(
        default=None,
        description="Block of a subnet for databases, without a way out; those of all zones, at least two, are an RDS "
        "subnet group. Default: no such subnet.",
    )


# Subnets of /64 in the /56 of a VPC: 256 of them, 32 for each tier, which has one for each letter of a zone.
IPV6_BITS: Final = 8
_IPV6_SUBNETS_OF_TIER: Final = 32


def ipv6_subnet_number(tier: Tier | FurtherTier, zone: str) -> int:
    """Return which /64 of the VPC's IPv6 block a subnet has, by its tier and the zone's letter alone."""
    tiers = (*TIERS, *FURTHER_TIERS)
    return tiers.index(tier) * _IPV6_SUBNETS_OF_TIER + ord(zone[-1]) - ord("a")


class SubnetBlock(NamedTuple):
    """Block of one subnet; `is_lasting`: a subnet that exists keeps the block that it has, whatever this one is."""

    cidr: IPv4Network
    location: Location
    is_lasting: bool


def subnet_blocks(network: NetworkSettings, tier: Tier | FurtherTier) -> dict[str, SubnetBlock]:
    """Return the blocks of a tier by zone, in the order of the zones' names.

    A block is computed from the zone's letter alone. It is left out where the VPC is too small for it, or where the
    zone has a letter after f. Blocks of further tiers are those that are given.
    """
    found = {zone: _subnet_block(network, tier, zone) for zone in sorted(network.zones)}
    return {zone: block for zone, block in found.items() if block is not None}


def _subnet_block(network: NetworkSettings, tier: Tier | FurtherTier, zone: str) -> SubnetBlock | None:
    listed: tuple[IPv4Network, ...] | None = getattr(network, f"{tier}_subnet_cidrs", None)
    if listed is not None:
        position = network.zones.index(zone)
        # With zones in another order than that of their names it cannot be known whether they were in it when
        # the subnets were made.
        is_lasting = list(network.zones) != sorted(network.zones)
        return SubnetBlock(listed[position], (f"{tier}_subnet_cidrs", position), is_lasting)
    given: IPv4Network | None = getattr(network.cidrs.get(zone), tier, None)
    if given is not None:
        return SubnetBlock(given, ("cidrs", zone, tier), is_lasting=False)
    if tier not in COMPUTED:
        return None
    computed = _computed_block(network.vpc_cidr, tier, zone)
    return None if computed is None else SubnetBlock(computed, ("zones", network.zones.index(zone)), is_lasting=True)


def subnet_problems(network: NetworkSettings) -> Iterator[Problem]:
    """Yield what AWS would refuse when it creates the VPC and its subnets."""
    shortest, longest = aws.VPC_PREFIX_LENGTHS
    if not shortest <= network.vpc_cidr.prefixlen <= longest:
        yield Problem(("vpc_cidr",), f"{network.vpc_cidr} is outside the sizes of a VPC, /{shortest} to /{longest}")
        return
    for unusable in aws.NEVER_A_VPC:
        if network.vpc_cidr.overlaps(unusable):
            yield Problem(("vpc_cidr",), f"{network.vpc_cidr} is in {unusable}, whose addresses no host can have")
    if len(network.zones) > aws.MOST_ZONES or len(set(network.zones)) < len(network.zones):
        return
    problems = list(_unpaired_cidrs(network))
    yield from problems
    if not problems:
        yield from _block_problems(network)


def _unpaired_cidrs(network: NetworkSettings) -> Iterator[Problem]:
    """Yield blocks that belong to no zone, or to one that has another."""
    for zone, cidrs in network.cidrs.items():
        if zone not in network.zones:
            yield Problem(("cidrs", zone), f"{zone} is not one of zones")
        for tier in TIERS:
            if getattr(cidrs, tier) is not None and getattr(network, f"{tier}_subnet_cidrs") is not None:
                yield Problem(("cidrs", zone, tier), f"cannot be used with {tier}_subnet_cidrs; give one of them")
    for tier in TIERS:
        listed = getattr(network, f"{tier}_subnet_cidrs")
        if listed is not None and len(listed) != len(network.zones):
            message = f"{len(listed)} given for {len(network.zones)} zones; give one per zone"
            yield Problem((f"{tier}_subnet_cidrs",), message)


def _block_problems(network: NetworkSettings) -> Iterator[Problem]:
    blocks = {tier: subnet_blocks(network, tier) for tier in (*TIERS, *FURTHER_TIERS)}
    shortest, longest = aws.VPC_PREFIX_LENGTHS
    for position, zone in enumerate(network.zones):
        missing = [tier for tier in TIERS if zone not in blocks[tier]]
        if missing and zone[-1] > LAST_COMPUTED_ZONE:
            message = f"blocks are computed for zones a to {LAST_COMPUTED_ZONE}; give those of {zone} in cidrs"
            yield Problem(("zones", position), message)
        elif missing:
            yield Problem(("vpc_cidr",), _too_small(network))
            return
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    if len(blocks["database"]) == 1:
        (database,) = blocks["database"].values()
        yield Problem(database.location, "is in one zone; RDS wants subnets in two zones or more")
    located = [(f"the {tier} subnet of {zone}", block) for tier in blocks for zone, block in blocks[tier].items()]
    vpc = f"vpc_cidr {network.vpc_cidr}" + "".join(f" or {cidr} of secondary_cidrs" for cidr in network.secondary_cidrs)
    for _, (cidr, location, _) in located:
        if not any(cidr.subnet_of(block) for block in (network.vpc_cidr, *network.secondary_cidrs)):
            yield Problem(location, f"{cidr} is not inside {vpc}")
        elif not shortest <= cidr.prefixlen <= longest:
            yield Problem(location, f"{cidr} is outside the sizes of a subnet, /{shortest} to /{longest}")
    # Computed ones first: of two that overlap, the one that is given has the problem.
    located.sort(key=lambda named: named[1].location[0] != "zones")
    for (name, first), (_, second) in combinations(located, 2):
        if first.cidr.overlaps(second.cidr):
            yield Problem(second.location, f"{second.cidr} overlaps {first.cidr}, {name}")


def _too_small(network: NetworkSettings) -> str:
    """Say that the VPC has no room for computed blocks, and which ones earlier releases computed in it."""
    message = f"{network.vpc_cidr} is too small to compute subnets, /{MOST_COMPUTED_PREFIX} is the smallest"
    count = len(network.zones)
    bits = (4 * count - 1).bit_length()
    if network.vpc_cidr.prefixlen + bits > aws.VPC_PREFIX_LENGTHS[1]:
        return f"{message}; give the blocks in cidrs"
    parts = [str(part) for part in islice(network.vpc_cidr.subnets(prefixlen_diff=bits), 2 * count)]
    return (
        f"{message}; give the blocks in cidrs, or those of earlier releases: private_subnet_cidrs: "
        f"[{', '.join(parts[:count])}], public_subnet_cidrs: [{', '.join(parts[count:])}]"
    )


def _computed_block(vpc: IPv4Network, tier: Tier | FurtherTier, zone: str) -> IPv4Network | None:
    """Return the block of a zone, or None where there is none for its letter or the VPC is too small."""
    bits, first = COMPUTED[tier]
    if zone[-1] > LAST_COMPUTED_ZONE or vpc.prefixlen > MOST_COMPUTED_PREFIX:
        return None
    size = vpc.num_addresses >> bits
    start = int(vpc.network_address) + (first + ord(zone[-1]) - ord("a")) * size
    return IPv4Network((start, vpc.prefixlen + bits))
