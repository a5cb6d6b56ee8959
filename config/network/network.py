"""Settings of the network stack."""

from __future__ import annotations

from itertools import combinations, islice
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core import aws
from config.core.settings import Location, Problem, Settings, unique
from config.core.types import Cidr, LogRetentionDays, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network

InterfaceEndpoint = Literal[
    "aps-workspaces", "autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth",
    "elasticloadbalancing", "grafana", "grafana-workspace", "kms", "logs", "monitoring", "secretsmanager", "sns", "sqs",
    "ssm", "ssmmessages", "sts",
]  # fmt: skip

# Without a NAT gateway nodes reach these only through endpoints.
# https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
ENDPOINTS_WITHOUT_NAT: Final = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts")

Zone = Annotated[str, *text(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]", "an availability zone like us-east-2a")]


class FlowLogs(Settings):
    """VPC flow logs to CloudWatch Logs, encrypted by the network's own KMS key."""

    enabled: bool = Field(default=True, description="Record the traffic of the VPC. Default: true.")
    traffic_type: Literal["ALL", "ACCEPT", "REJECT"] = Field(
        default="ALL", description="Which traffic is recorded. Default: ALL."
    )
    retention_days: LogRetentionDays = Field(
        default=365, description="Days that CloudWatch Logs keeps the records. Default: 365."
    )


class NetworkSettings(Settings):
    """VPC, subnets, NAT gateways, flow logs and VPC endpoints."""

    vpc_cidr: Cidr = Field(
        default="10.0.0.0/16",
        validate_default=True,
        description="IPv4 block of the VPC, /16 to /28. Default: 10.0.0.0/16.",
    )
    zones: tuple[Zone, ...] = Field(
        description="Availability zones, at least two; each gets a private and a public subnet."
    )
    private_subnet_cidrs: tuple[Cidr, ...] | None = Field(
        default=None,
        description="One block per zone, in the order of `zones`. Default: computed from vpc_cidr.",
    )
    public_subnet_cidrs: tuple[Cidr, ...] | None = Field(
        default=None,
        description="One block per zone, in the order of `zones`. Default: computed from vpc_cidr.",
    )
    nat_gateways: Literal["single", "per_zone", "none"] = Field(
        default="per_zone",
        description="`per_zone` survives the loss of a zone; `single` is cheaper; `none` needs interface endpoints "
        "and an image registry inside the network. Default: per_zone.",
    )
    nat_gateway_zone: Zone | None = Field(
        default=None,
        description="Zone of the NAT gateway where nat_gateways is single; another zone replaces it. "
        "Default: the first of `zones`.",
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

    def subnet_cidrs(self) -> tuple[tuple[IPv4Network, ...], tuple[IPv4Network, ...]]:
        """Return the private and the public blocks, one of each per zone.

        Computed blocks split the VPC into equal parts, as many as the smallest power of two that is at least four times
        the number of zones: private ones first, then public ones, the rest stays free. For 10.0.0.0/16 and two zones
        these are /19 blocks.
        """
        count = len(self.zones)
        private, public = self.private_subnet_cidrs, self.public_subnet_cidrs
        if private is not None and public is not None:
            return private, public
        parts = self.vpc_cidr.subnets(prefixlen_diff=_split_bits(count))
        computed = tuple(islice(parts, 2 * count))
        return (computed[:count] if private is None else private, computed[count:] if public is None else public)

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
        if self.nat_gateways != "single":
            message = f"has no effect while nat_gateways is {self.nat_gateways}"
            yield Problem(("nat_gateway_zone",), message)
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
        if len(self.zones) > aws.MOST_ZONES:
            return
        given = {
            "private_subnet_cidrs": self.private_subnet_cidrs,
            "public_subnet_cidrs": self.public_subnet_cidrs,
        }
        if None in given.values() and self.vpc_cidr.prefixlen + _split_bits(len(self.zones)) > longest:
            yield Problem(("vpc_cidr",), f"{self.vpc_cidr} is too small to compute subnets for {len(self.zones)} zones")
            return
        counts = {field: len(cidrs) for field, cidrs in given.items() if cidrs is not None}
        miscounted = {field: count for field, count in counts.items() if count != len(self.zones)}
        for field, count in miscounted.items():
            yield Problem((field,), f"{count} given for {len(self.zones)} zones; give one per zone")
        if not miscounted:
            yield from self._overlap_problems()

    def _overlap_problems(self) -> Iterator[Problem]:
        private, public = self.subnet_cidrs()
        located: list[tuple[Location, IPv4Network]] = [
            *((("private_subnet_cidrs", position), cidr) for position, cidr in enumerate(private)),
            *((("public_subnet_cidrs", position), cidr) for position, cidr in enumerate(public)),
        ]
        shortest, longest = aws.VPC_PREFIX_LENGTHS
        for location, cidr in located:
            if not cidr.subnet_of(self.vpc_cidr):
                yield Problem(location, f"{cidr} is not inside vpc_cidr {self.vpc_cidr}")
            elif not shortest <= cidr.prefixlen <= longest:
                yield Problem(location, f"{cidr} is outside the sizes of a subnet, /{shortest} to /{longest}")
        for (_, first), (location, second) in combinations(located, 2):
            if first.overlaps(second):
                yield Problem(location, f"{second} overlaps {first}")


def _split_bits(zones: int) -> int:
    return (4 * max(zones, 1) - 1).bit_length()
