"""A private and a public subnet in each zone, with the tags by which load balancers find them, and further ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import Fn, Op, Precondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_availability_zone import DataAwsAvailabilityZone
from cdktf_cdktf_provider_aws.subnet import Subnet

from config.core import aws
from config.core.naming import DISCOVERY_TAG
from config.network.subnet_blocks import IPV6_BITS, ipv6_subnet_number, subnet_blocks
from constructs import Construct

if TYPE_CHECKING:
    from config.network.network import NetworkSettings
    from config.network.subnet_blocks import FurtherTier, SubnetBlock, Tier
    from constructs.network.vpc import VpcOutputs

# https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
LOAD_BALANCER_TAGS: dict[Tier | FurtherTier, str] = {
    "private": "kubernetes.io/role/internal-elb",
    "public": "kubernetes.io/role/elb",
}


@dataclass(frozen=True, kw_only=True)
class SubnetsProps:
    """`name` starts every Name tag; `cluster_name` is the EKS cluster that owns the subnets.

    With `has_discovery_tag` Karpenter finds the private ones by its tag.
    """

    name: str
    cluster_name: str
    vpc: VpcOutputs
    settings: NetworkSettings
    has_discovery_tag: bool


@dataclass(frozen=True, kw_only=True)
class SubnetsOutputs:
    """Subnet IDs by zone, in the order of the zones' names; of the last three there may be none."""

    private: dict[str, str]
    public: dict[str, str]
    pods: dict[str, str]
    intra: dict[str, str]
    database: dict[str, str]

    def isolated(self) -> dict[FurtherTier, dict[str, str]]:
        """Return the subnets without a way out, by kind."""
        return {"intra": self.intra, "database": self.database}


class Subnets(Construct):
    """Subnets keyed by zone, so that another zone never moves one."""

    def __init__(self, scope: Construct, id_: str, props: SubnetsProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        self.outputs = SubnetsOutputs(
            private=self._create_subnets("private"),
            public=self._create_subnets("public"),
            pods=self._create_subnets("pods"),
            intra=self._create_subnets("intra"),
            database=self._create_subnets("database"),
        )

    def _create_subnets(self, tier: Tier | FurtherTier) -> dict[str, str]:
        blocks = subnet_blocks(self.props.settings, tier)
        return {zone: self._create_subnet(tier, zone, block) for zone, block in blocks.items()}

    def _create_subnet(self, tier: Tier | FurtherTier, zone: str, block: SubnetBlock) -> str:
        ignored = ["cidr_block"] if block.is_lasting else None
        refused = self._refuse_zone(zone) if tier == "private" else None
        subnet = Subnet(
            self,
            f"{tier}-{zone}",
            vpc_id=self.props.vpc.vpc_id,
            availability_zone=zone,
            cidr_block=str(block.cidr),
            ipv6_cidr_block=self._ipv6_block(tier, zone),
            assign_ipv6_address_on_creation=self.props.settings.ipv6 or None,
            tags={
                **self._discovery_tag(tier),
                **getattr(self.props.settings, f"{tier}_subnet_tags"),
                "Name": f"{self.props.name}-{tier}-{zone}",
                **self._tags_of_load_balancers(tier),
            },
            depends_on=[
                association
                for secondary, association in self.props.vpc.secondary_blocks.items()
                if block.cidr.subnet_of(secondary)
            ]
            or None,
            lifecycle=TerraformResourceLifecycle(ignore_changes=ignored, precondition=refused)
            if ignored or refused
            else None,
        )
        return subnet.id

    def _ipv6_block(self, tier: Tier | FurtherTier, zone: str) -> str | None:
        whole = self.props.vpc.ipv6_cidr_block
        return None if whole is None else Fn.cidrsubnet(whole, IPV6_BITS, ipv6_subnet_number(tier, zone))

    def _tags_of_load_balancers(self, tier: Tier | FurtherTier) -> dict[str, str]:
        if tier not in LOAD_BALANCER_TAGS:
            return {}
        return {LOAD_BALANCER_TAGS[tier]: "1", f"kubernetes.io/cluster/{self.props.cluster_name}": "owned"}

    def _discovery_tag(self, tier: Tier | FurtherTier) -> dict[str, str]:
        is_found = tier == "private" and self.props.has_discovery_tag
        return {DISCOVERY_TAG: self.props.cluster_name} if is_found else {}

    def _refuse_zone(self, zone: str) -> list[Precondition] | None:
        """Let the plan fail for a zone that is one of those in which EKS places no control plane."""
        unfit = aws.ZONES_WITHOUT_CONTROL_PLANE.get(zone[:-1])
        if unfit is None:
            return None
        found = DataAwsAvailabilityZone(self, f"zone-{zone}", name=zone)
        return [
            Precondition(
                condition=Op.not_(Fn.contains(list(unfit), found.zone_id)),
                error_message=f"EKS places no control plane in {' or '.join(unfit)}, which {zone} is in this account; "
                "take another zone in network.zones.",
            )
        ]
