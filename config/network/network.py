"""Settings of the network stack."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pydantic import Field

from config.core import aws
from config.core.settings import Location, Problem, Settings, unique
from config.core.types import Cidr, LogRetentionDays, Zone

if TYPE_CHECKING:
    from collections.abc import Iterator

InterfaceEndpoint = Literal[
    "aps-workspaces", "autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth",
    "elasticloadbalancing", "grafana", "grafana-workspace", "kms", "logs", "monitoring", "secretsmanager", "sns", "sqs",
    "ssm", "ssmmessages", "sts",
]  # fmt: skip

# Without a NAT gateway nodes reach these only through endpoints.
# https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
ENDPOINTS_WITHOUT_NAT: Final = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts")


class FlowLogs(Settings):
    """VPC flow logs to CloudWatch Logs, encrypted by the network's own KMS key."""

    enabled: bool = Field(default=True, description="Record the traffic of the VPC. Default: true.")
    traffic_type: Literal["ALL", "ACCEPT", "REJECT"] = Field(
        default="ALL", description="Which traffic is recorded. Default: ALL."
    )
    retention_days: LogRetentionDays = Field(
        default=365, description="Days that CloudWatch Logs keeps the records. Default: 365."
    )


Tier = Literal["private", "public"]
TIERS: Final[tuple[Tier, ...]] = ("private", "public")

# Computed blocks of zones a to f, in the second half of the VPC: sixteenths from the ninth on for private subnets, then
# 64ths for public ones. Earlier releases split the first half by the number of zones; subnets that they made keep their
# blocks, and those of a further zone never overlap them. The first half is free for blocks that are given.
COMPUTED: Final[dict[Tier, tuple[int, int]]] = {"private": (4, 8), "public": (6, 56)}
"""How many bits longer than the VPC's prefix a block is, and which of these blocks is the one of zone a."""
LAST_COMPUTED_ZONE: Final = "f"


class ZoneCidrs(Settings):
    """Blocks of the subnets of one zone."""

    private: Cidr | None = Field(
        default=None, description="Block of the private subnet. Default: computed from vpc_cidr and the zone's letter."
    )
    public: Cidr | None = Field(
        default=None, description="Block of the public subnet. Default: computed from vpc_cidr and the zone's letter."
    )


class SubnetBlock(NamedTuple):
    """Block of one subnet; `is_lasting`: a subnet that exists keeps the block that it has, whatever this one is."""

    cidr: IPv4Network
    location: Location
    is_lasting: bool


class NetworkSettings(Settings):
    """VPC, subnets, NAT gateways, flow logs and VPC endpoints."""

    vpc_cidr: Cidr = Field(
        default="10.0.0.0/16",
        validate_default=True,
        description="IPv4 block of the VPC, /16 to /28. Default: 10.0.0.0/16.",
    )
    zones: tuple[Zone, ...] = Field(
        description="Availability zones, at least two, in any order; each gets a private and a public subnet."
    )
    cidrs: dict[Zone, ZoneCidrs] = Field(
        default={}, description="Blocks of the subnets by zone. Default: computed from vpc_cidr and the zone's letter."
    )
    private_subnet_cidrs: tuple[Cidr, ...] | None = Field(
        default=None,
        description="One block per zone, in the order of `zones`, in place of `cidrs`. Default: unset.",
    )
    public_subnet_cidrs: tuple[Cidr, ...] | None = Field(
        default=None,
        description="One block per zone, in the order of `zones`, in place of `cidrs`. Default: unset.",
    )
    nat_gateways: Literal["single", "per_zone", "none"] = Field(
        default="per_zone",
        description="`per_zone` survives the loss of a zone; `single` is cheaper; `none` needs interface endpoints "
        "and an image registry inside the network. Default: per_zone.",
    )
    nat_gateway_zone: Zone | None = Field(
        default=None,
        description="Zone of the NAT gateway where nat_gateways is single; another zone replaces the gateway, which "
        "keeps its address. Where it is per_zone: whose gateway a single one becomes. Default: the first of `zones` "
        "at creation.",
    )
    empty_default_security_group: bool = Field(
        default=True,
        description="Take every rule from the VPC's default security group; false leaves the group alone. "
        "Default: true.",
    )
    flow_logs: FlowLogs = Field(default=FlowLogs(), description="VPC flow logs. Default: on.")
    s3_gateway_endpoint: bool = Field(
        default=True,
        description="Route S3 traffic through a gateway endpoint, free of charge. Default: true.",
    )
    interface_endpoints: tuple[InterfaceEndpoint, ...] = Field(
        default=(),
        description="AWS services that get an interface endpoint in the private subnets. Default: none.",
    )

    @property
    def nat_home_zone(self) -> str:
        """The zone of a single NAT gateway, or the one whose gateway a single one becomes."""
        return self.nat_gateway_zone or self.zones[0]

    def subnet_blocks(self, tier: Tier) -> dict[str, SubnetBlock]:
        """Return the blocks of a tier by zone, in the order of the zones' names.

        A block is computed from the zone's letter alone. It is left out where the VPC is too small for it, or where the
        zone has a letter after f.
        """
        found = {zone: self._subnet_block(tier, zone) for zone in sorted(self.zones)}
        return {zone: block for zone, block in found.items() if block is not None}

    def _subnet_block(self, tier: Tier, zone: str) -> SubnetBlock | None:
        listed: tuple[IPv4Network, ...] | None = getattr(self, f"{tier}_subnet_cidrs")
        if listed is not None:
            position = self.zones.index(zone)
            # With zones in another order than that of their names it cannot be known whether they were in it when
            # the subnets were made.
            is_lasting = list(self.zones) != sorted(self.zones)
            return SubnetBlock(listed[position], (f"{tier}_subnet_cidrs", position), is_lasting)
        given: IPv4Network | None = getattr(self.cidrs.get(zone), tier, None)
        if given is not None:
            return SubnetBlock(given, ("cidrs", zone, tier), is_lasting=False)
        computed = _computed_block(self.vpc_cidr, tier, zone)
        return None if computed is None else SubnetBlock(computed, ("zones", self.zones.index(zone)), is_lasting=True)

    def problems(self) -> Iterator[Problem]:
        """Yield what AWS would refuse when it creates the VPC, its subnets and endpoints."""
        yield from self._zone_problems()
        yield from self._subnet_problems()
        yield from self._nat_zone_problems()
        yield from unique("interface_endpoints", self.interface_endpoints)
        if self.nat_gateways == "none":
            missing = [name for name in ENDPOINTS_WITHOUT_NAT if name not in self.interface_endpoints]
            if missing:
                yield Problem(
                    ("nat_gateways",),
                    f"without a NAT gateway nodes cannot join: add {', '.join(missing)} to interface_endpoints, "
                    "or use single or per_zone",
                )
            if not self.s3_gateway_endpoint:
                yield Problem(("s3_gateway_endpoint",), "must be true without a NAT gateway: image layers come from S3")

    def _zone_problems(self) -> Iterator[Problem]:
        if not 2 <= len(self.zones) <= aws.MOST_ZONES:
            yield Problem(("zones",), f"{len(self.zones)} given; 2 to {aws.MOST_ZONES} are allowed")
        yield from unique("zones", self.zones)

    def _nat_zone_problems(self) -> Iterator[Problem]:
        if self.nat_gateway_zone is None:
            return
        if self.nat_gateways == "none":
            yield Problem(("nat_gateway_zone",), "has no effect while nat_gateways is none")
        elif self.nat_gateway_zone not in self.zones:
            yield Problem(("nat_gateway_zone",), f"{self.nat_gateway_zone} is not one of zones")

    def _subnet_problems(self) -> Iterator[Problem]:
        shortest, longest = aws.VPC_PREFIX_LENGTHS
        if not shortest <= self.vpc_cidr.prefixlen <= longest:
            yield Problem(("vpc_cidr",), f"{self.vpc_cidr} is outside the sizes of a VPC, /{shortest} to /{longest}")
            return
        for unusable in aws.NEVER_A_VPC:
            if self.vpc_cidr.overlaps(unusable):
                yield Problem(
                    ("vpc_cidr",), f"{self.vpc_cidr} lies in {unusable}, which no machine can have addresses of"
                )
        if len(self.zones) > aws.MOST_ZONES or len(set(self.zones)) < len(self.zones):
            return
        problems = list(self._unpaired_cidrs())
        yield from problems
        if not problems:
            yield from self._block_problems()

    def _unpaired_cidrs(self) -> Iterator[Problem]:
        """Yield blocks that belong to no zone, or to one that has another."""
        for zone, cidrs in self.cidrs.items():
            if zone not in self.zones:
                yield Problem(("cidrs", zone), f"{zone} is not one of zones")
            for tier in TIERS:
                if getattr(cidrs, tier) is not None and getattr(self, f"{tier}_subnet_cidrs") is not None:
                    yield Problem(("cidrs", zone, tier), f"does not go with {tier}_subnet_cidrs; give one of them")
        for tier in TIERS:
            listed = getattr(self, f"{tier}_subnet_cidrs")
            if listed is not None and len(listed) != len(self.zones):
                message = f"{len(listed)} given for {len(self.zones)} zones; give one per zone"
                yield Problem((f"{tier}_subnet_cidrs",), message)

    def _block_problems(self) -> Iterator[Problem]:
        blocks = {tier: self.subnet_blocks(tier) for tier in TIERS}
        shortest, longest = aws.VPC_PREFIX_LENGTHS
        for position, zone in enumerate(self.zones):
            missing = [tier for tier in TIERS if zone not in blocks[tier]]
            if missing and zone[-1] > LAST_COMPUTED_ZONE:
                message = f"blocks are computed for zones a to {LAST_COMPUTED_ZONE}; give those of {zone} in cidrs"
                yield Problem(("zones", position), message)
            elif missing:
                yield Problem(("vpc_cidr",), self._too_small())
                return
        located = [(f"the {tier} subnet of {zone}", block) for tier in TIERS for zone, block in blocks[tier].items()]
        for _, (cidr, location, _) in located:
            if not cidr.subnet_of(self.vpc_cidr):
                yield Problem(location, f"{cidr} is not inside vpc_cidr {self.vpc_cidr}")
            elif not shortest <= cidr.prefixlen <= longest:
                yield Problem(location, f"{cidr} is outside the sizes of a subnet, /{shortest} to /{longest}")
        # Computed ones first: of two that overlap, the one that is given has the problem.
        located.sort(key=lambda named: named[1].location[0] != "zones")
        for (name, first), (_, second) in combinations(located, 2):
            if first.cidr.overlaps(second.cidr):
                yield Problem(second.location, f"{second.cidr} overlaps {first.cidr}, {name}")

    def _too_small(self) -> str:
        """Say that the VPC has no room for computed blocks, and which ones earlier releases computed in it."""
        message = f"{self.vpc_cidr} is too small to compute subnets, /{MOST_COMPUTED_PREFIX} is the smallest"
        count = len(self.zones)
        bits = (4 * count - 1).bit_length()
        if self.vpc_cidr.prefixlen + bits > aws.VPC_PREFIX_LENGTHS[1]:
            return f"{message}; give the blocks in cidrs"
        parts = [str(part) for part in islice(self.vpc_cidr.subnets(prefixlen_diff=bits), 2 * count)]
        return (
            f"{message}; give the blocks in cidrs, or those of earlier releases: private_subnet_cidrs: "
            f"[{', '.join(parts[:count])}], public_subnet_cidrs: [{', '.join(parts[count:])}]"
        )


MOST_COMPUTED_PREFIX: Final = aws.VPC_PREFIX_LENGTHS[1] - max(bits for bits, _ in COMPUTED.values())


def _computed_block(vpc: IPv4Network, tier: Tier, zone: str) -> IPv4Network | None:
    """Return the block of a zone, or None where there is none for its letter or the VPC is too small."""
    bits, first = COMPUTED[tier]
    if zone[-1] > LAST_COMPUTED_ZONE or vpc.prefixlen > MOST_COMPUTED_PREFIX:
        return None
    size = vpc.num_addresses >> bits
    start = int(vpc.network_address) + (first + ord(zone[-1]) - ord("a")) * size
    return IPv4Network((start, vpc.prefixlen + bits))
