"""Routes out of the subnets: the internet gateway for public ones, optional NAT gateways for private ones and pods.

Intra subnets and those of databases have no way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.egress_only_internet_gateway import EgressOnlyInternetGateway
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation

from constructs import Construct
from constructs.former_address import moved_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.network.network import NetworkSettings
    from config.network.subnet_blocks import FurtherTier
    from constructs.network.subnets import SubnetsOutputs
    from constructs.network.vpc import VpcOutputs

ANYWHERE = "0.0.0.0/0"
ANYWHERE_IPV6 = "::/0"


@dataclass(frozen=True, kw_only=True)
class RoutingProps:
    """`name` starts every Name tag."""

    name: str
    vpc: VpcOutputs
    subnets: SubnetsOutputs
    settings: NetworkSettings


@dataclass(frozen=True, kw_only=True)
class RoutingOutputs:
    """IDs of the route tables of all subnets but the public ones."""

    inner_route_table_ids: list[str]


class Routing(Construct):
    """Route tables, and the NAT gateways that the private ones lead to."""

    def __init__(self, scope: Construct, id_: str, props: RoutingProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        self.way_out = self._create_public_routes()
        self.egress_gateway_id = self._create_egress_gateway()
        if props.settings.nat_gateways == "per_zone":
            private = [self._create_zone_routes(zone) for zone in props.subnets.private]
        else:
            private = [self._create_shared_routes()]
        isolated = [
            self._create_isolated_table(tier, subnets) for tier, subnets in props.subnets.isolated().items() if subnets
        ]
        self.outputs = RoutingOutputs(inner_route_table_ids=[*private, *isolated])

    def _create_egress_gateway(self) -> str | None:
        """Create the IPv6 route to the Internet of private subnets, if they have one for IPv4."""
        settings = self.props.settings
        if not settings.ipv6 or settings.nat_gateways not in ("single", "per_zone"):
            return None
        return EgressOnlyInternetGateway(
            self, "egress-gateway", vpc_id=self.props.vpc.vpc_id, tags={"Name": f"{self.props.name}-egress"}
        ).id

    def _create_isolated_table(self, tier: FurtherTier, subnets: Mapping[str, str]) -> str:
        table = self._create_route_table(tier)
        for zone, subnet in subnets.items():
            RouteTableAssociation(self, f"{tier}-{zone}", subnet_id=subnet, route_table_id=table)
        return table

    def _create_public_routes(self) -> Route:
        table = self._create_route_table("public")
        way_out = Route(
            self,
            "public-internet",
            route_table_id=table,
            destination_cidr_block=ANYWHERE,
            gateway_id=self.props.vpc.internet_gateway_id,
        )
        if self.props.settings.ipv6:
            Route(
                self,
                "public-internet-ipv6",
                route_table_id=table,
                destination_ipv6_cidr_block=ANYWHERE_IPV6,
                gateway_id=self.props.vpc.internet_gateway_id,
            )
        for zone, subnet in self.props.subnets.public.items():
            RouteTableAssociation(self, f"public-{zone}", subnet_id=subnet, route_table_id=table)
        return way_out

    def _create_shared_routes(self) -> str:
        settings = self.props.settings
        home = settings.nat_home_zone
        table = self._create_route_table("private", formerly=f"private-{home}")
        self._create_egress_route("private", table)
        if settings.nat_gateways == "single":
            self._create_nat_route("nat", table, home, formerly=f"nat-{home}")
        for zone, subnet in self.props.subnets.private.items():
            RouteTableAssociation(self, f"private-{zone}", subnet_id=subnet, route_table_id=table)
        for zone, subnet in self.props.subnets.pods.items():
            RouteTableAssociation(self, f"pods-{zone}", subnet_id=subnet, route_table_id=table)
        return table

    def _create_zone_routes(self, zone: str) -> str:
        is_home = zone == self.props.settings.nat_home_zone
        table = self._create_route_table(f"private-{zone}", formerly="private" if is_home else None)
        self._create_egress_route(f"private-{zone}", table)
        route = self._create_nat_route(f"nat-{zone}", table, zone, formerly="nat" if is_home else None)
        for tier, subnets in (("private", self.props.subnets.private), ("pods", self.props.subnets.pods)):
            if zone in subnets:
                RouteTableAssociation(
                    self,
                    f"{tier}-{zone}",
                    subnet_id=subnets[zone],
                    route_table_id=table,
                    # A subnet that had another gateway keeps it until this one works.
                    depends_on=[route],
                )
        return table

    def _create_egress_route(self, name: str, route_table_id: str) -> None:
        if self.egress_gateway_id is not None:
            Route(
                self,
                f"{name}-egress",
                route_table_id=route_table_id,
                destination_ipv6_cidr_block=ANYWHERE_IPV6,
                egress_only_gateway_id=self.egress_gateway_id,
            )

    def _create_route_table(self, name: str, *, formerly: str | None = None) -> str:
        table = RouteTable(
            self,
            f"table-{name}",
            vpc_id=self.props.vpc.vpc_id,
            tags={"Name": f"{self.props.name}-{name}"},
            # A table goes after its subnets have another one; AWS deletes none that is in use.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        if formerly is not None:
            moved_from(table, self, f"table-{formerly}")
        return table.id

    def _create_nat_route(self, name: str, route_table_id: str, zone: str, *, formerly: str | None) -> Route:
        """Create a NAT gateway and the route to it; one that was the single one, or becomes it, keeps its address."""
        tags = {"Name": f"{self.props.name}-{name}"}
        settings = self.props.settings
        has_no_zone = settings.nat_gateways == "single" and settings.nat_gateway_zone is None
        given = settings.nat_gateway_allocation_ids.get(zone)
        address = None if given is not None else Eip(self, f"{name}-address", domain="vpc", tags=tags)
        gateway = NatGateway(
            self,
            name,
            allocation_id=given if address is None else address.id,
            subnet_id=self.props.subnets.public[zone],
            tags=tags,
            # AWS refuses a NAT gateway while the VPC has no internet gateway.
            depends_on=[self.way_out],
            # Where nobody chose its zone, zones in another order do not move it.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["subnet_id"]) if has_no_zone else None,
        )
        route = Route(
            self,
            f"{name}-route",
            route_table_id=route_table_id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=gateway.id,
        )
        if formerly is not None:
            if address is not None:
                moved_from(address, self, f"{formerly}-address")
            moved_from(gateway, self, formerly)
            moved_from(route, self, f"{formerly}-route")
        return route
