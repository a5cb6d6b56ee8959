"""Settings of the network stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core import aws
from config.core.settings import Problem, Settings, unique
from config.core.types import Cidr, LogRetentionDays, TagKey, TagValue, Zone, text
from config.network.endpoint_policies import (
    EndpointAccount,
    PolicyDocument,
    PolicyEndpoint,
    endpoint_policy_problems,
)
from config.network.endpoints import NODES, InterfaceEndpoint
from config.network.existing_network import GO_WITH_IT, ExistingNetwork
from config.network.secondary_blocks import secondary_problems
from config.network.subnet_blocks import FURTHER_TIERS, TIERS, ZoneCidrs, subnet_blocks, subnet_problems

if TYPE_CHECKING:
    from collections.abc import Iterator


AllocationId = Annotated[str, *text(r"eipalloc-[0-9a-f]{8,17}", "the allocation of an elastic IP address (eipalloc-…)")]
TAGS_OF_SUBNETS: Final = ("kubernetes.io/role/", "kubernetes.io/cluster/")
"""Prefixes of the tags that private and public subnets have anyway, in addition to Name."""


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

    existing: ExistingNetwork | None = Field(
        default=None,
        description="A VPC that is there already; only zones, its blocks and interface_endpoints go with it. "
        "Default: unset.",
    )
    vpc_cidr: Cidr = Field(
        default="10.0.0.0/16",
        validate_default=True,
        description="IPv4 block of the VPC, /16 to /28. Default: 10.0.0.0/16.",
    )
    secondary_cidrs: tuple[Cidr, ...] = Field(
        default=(),
        description="Further IPv4 blocks of the VPC, /16 to /28, e.g. 100.64.0.0/16 for pods; AWS takes 4 unless the "
        "quota is raised. Default: none.",
    )
    ipv6: bool = Field(
        default=False,
        description="Give the VPC an IPv6 block of AWS, and each subnet a /64 of it; where there are NAT gateways, "
        "private subnets get a way out by an egress-only gateway. With an existing network: its subnets have IPv6 "
        "blocks. Default: false.",
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
    nat_gateways: Literal["single", "per_zone", "none", "unmanaged"] = Field(
        default="per_zone",
        description="`per_zone` survives the loss of a zone; `single` is cheaper; `none` needs interface endpoints and "
        "an image registry inside the network; `unmanaged` where others route the private subnets, as by a transit "
        "gateway or a NAT instance. Default: per_zone.",
    )
    nat_gateway_zone: Zone | None = Field(
        default=None,
        description="Zone of the NAT gateway where nat_gateways is single; another zone replaces the gateway, which "
        "keeps its address. Where it is per_zone: whose gateway a single one becomes. Default: the first of `zones` "
        "at creation.",
    )
    nat_gateway_allocation_ids: dict[Zone, AllocationId] = Field(
        default={},
        description="Elastic IP addresses that exist, by the zone of the NAT gateway, e.g. where partners know them. "
        "Default: new ones.",
    )
    private_subnet_tags: dict[TagKey, TagValue] = Field(
        default={}, description="Further tags of the private subnets, e.g. `karpenter.sh/discovery`. Default: none."
    )
    public_subnet_tags: dict[TagKey, TagValue] = Field(
        default={}, description="Further tags of the public subnets. Default: none."
    )
    pods_subnet_tags: dict[TagKey, TagValue] = Field(
        default={}, description="Further tags of the subnets for pods. Default: none."
    )
    intra_subnet_tags: dict[TagKey, TagValue] = Field(
        default={}, description="Further tags of the intra subnets. Default: none."
    )
    database_subnet_tags: dict[TagKey, TagValue] = Field(
        default={}, description="Further tags of the subnets for databases. Default: none."
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
    dynamodb_gateway_endpoint: bool = Field(
        default=False,
        description="Route DynamoDB traffic through a gateway endpoint, free of charge. Default: false.",
    )
    interface_endpoints: tuple[InterfaceEndpoint, ...] = Field(
        default=(),
        description="AWS services that get an interface endpoint in the private subnets; with NAT gateways they save "
        "the price of the data only. Default: none.",
    )

    endpoint_accounts: tuple[EndpointAccount, ...] | None = Field(
        default=None,
        description="Accounts whose principals endpoints let through, and to whose resources in services with data: "
        "`own` for that of the environment, or account ids, in quotes. Default: as the endpoints have it, which is "
        "everybody in new ones; write [] to go back.",
    )
    endpoint_policies: dict[PolicyEndpoint, PolicyDocument] = Field(
        default={},
        description="Policy documents of single endpoints in place of that, by endpoint: `s3` and `dynamodb` for the "
        "gateways, else as in interface_endpoints. Default: none.",
    )

    @property
    def pods_zones(self) -> frozenset[str]:
        """The zones that have a subnet for pods."""
        return frozenset(subnet_blocks(self, "pods") if self.existing is None else self.existing.pods_subnet_ids)

    @property
    def nat_home_zone(self) -> str:
        """The zone of a single NAT gateway, or the one whose gateway a single one becomes."""
        return self.nat_gateway_zone or self.zones[0]

    def problems(self) -> Iterator[Problem]:
        """Yield what AWS would refuse when it creates the VPC, its subnets and endpoints."""
        yield from self._zone_problems()
        if self.existing is not None:
            yield from self._existing_problems(self.existing)
            yield from endpoint_policy_problems(self)
            return
        yield from secondary_problems(self.vpc_cidr, self.secondary_cidrs)
        yield from subnet_problems(self)
        yield from self._nat_zone_problems()
        yield from self._address_and_tag_problems()
        yield from unique("interface_endpoints", self.interface_endpoints)
        yield from endpoint_policy_problems(self)
        if self.nat_gateways == "none":
            missing = [name for name in NODES if name not in self.interface_endpoints]
            if missing:
                yield Problem(
                    ("nat_gateways",),
                    f"without a NAT gateway nodes cannot join: add {', '.join(missing)} to interface_endpoints, "
                    "or use single or per_zone",
                )
            if not self.s3_gateway_endpoint:
                yield Problem(
                    ("s3_gateway_endpoint",), "must be true without a NAT gateway: image layers are pulled from S3"
                )

    def _zone_problems(self) -> Iterator[Problem]:
        if not 2 <= len(self.zones) <= aws.MOST_ZONES:
            yield Problem(("zones",), f"{len(self.zones)} given; 2 to {aws.MOST_ZONES} are allowed")
        yield from unique("zones", self.zones)

    def _existing_problems(self, existing: ExistingNetwork) -> Iterator[Problem]:
        """Yield settings that require a network of the environment's own, and subnets that are not one a zone."""
        for name in sorted(self.model_fields_set - GO_WITH_IT):
            yield Problem((name,), "cannot be used with an existing network; remove it")
        if "vpc_cidr" not in self.model_fields_set:
            yield Problem(("vpc_cidr",), "is missing; give the block of the existing VPC")
        for zone in self.zones:
            if zone not in existing.private_subnet_ids:
                yield Problem(("existing", "private_subnet_ids"), f"has no subnet of {zone}, one of zones")
        for field in ("private_subnet_ids", "public_subnet_ids", "pods_subnet_ids"):
            for zone in getattr(existing, field):
                if zone not in self.zones:
                    yield Problem(("existing", field, zone), f"{zone} is not one of zones")

    def _address_and_tag_problems(self) -> Iterator[Problem]:
        zones = {"single": (self.nat_home_zone,) if self.zones else (), "per_zone": self.zones}.get(
            self.nat_gateways, ()
        )
        for zone in self.nat_gateway_allocation_ids:
            if zone not in zones:
                yield Problem(("nat_gateway_allocation_ids", zone), f"there is no NAT gateway of ours in {zone}")
        for tier in (*TIERS, *FURTHER_TIERS):
            field = f"{tier}_subnet_tags"
            for key in getattr(self, field):
                if key == "Name" or (tier in TIERS and key.startswith(TAGS_OF_SUBNETS)):
                    yield Problem((field, key), "is set by this project itself")
        for tier in FURTHER_TIERS:
            if getattr(self, f"{tier}_subnet_tags") and not subnet_blocks(self, tier):
                yield Problem((f"{tier}_subnet_tags",), f"has no effect while no zone of cidrs has {tier}")

    def _nat_zone_problems(self) -> Iterator[Problem]:
        if self.nat_gateway_zone is None:
            return
        if self.nat_gateways in ("none", "unmanaged"):
            yield Problem(("nat_gateway_zone",), f"has no effect while nat_gateways is {self.nat_gateways}")
        elif self.nat_gateway_zone not in self.zones:
            yield Problem(("nat_gateway_zone",), f"{self.nat_gateway_zone} is not one of zones")
