"""The VPC of an environment: DNS on, internet gateway, and by default a default security group that permits nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.vpc import Vpc as AwsVpc
from cdktf_cdktf_provider_aws.vpc_ipv4_cidr_block_association import VpcIpv4CidrBlockAssociation

from config.core.naming import id_of_block
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network

    from cdktf import ITerraformDependable


@dataclass(frozen=True, kw_only=True)
class VpcProps:
    """`name` starts every Name tag (`<name>-main`); `cidr_block` is the primary IPv4 block."""

    name: str
    cidr_block: str
    secondary_cidrs: Sequence[IPv4Network]
    ipv6: bool
    empty_default_security_group: bool


@dataclass(frozen=True, kw_only=True)
class VpcOutputs:
    """IDs of the VPC and of its internet gateway, and its further blocks: a subnet in one has to wait for it."""

    vpc_id: str
    internet_gateway_id: str
    secondary_blocks: dict[IPv4Network, ITerraformDependable]
    ipv6_cidr_block: str | None


class Vpc(Construct):
    """A VPC with an internet gateway."""

    def __init__(self, scope: Construct, id_: str, props: VpcProps) -> None:
        super().__init__(scope, id_)
        vpc = AwsVpc(
            self,
            "this",
            cidr_block=props.cidr_block,
            assign_generated_ipv6_cidr_block=props.ipv6 or None,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": f"{props.name}-main"},
        )
        vpc_id = vpc.id
        if props.empty_default_security_group:
            # Terraform takes the default group over and removes its rules, which AWS does not let anyone delete.
            DefaultSecurityGroup(self, "default-security-group", vpc_id=vpc_id, tags={"Name": f"{props.name}-default"})
        gateway = InternetGateway(self, "internet-gateway", vpc_id=vpc_id, tags={"Name": f"{props.name}-igw"})
        self.outputs = VpcOutputs(
            vpc_id=vpc_id,
            internet_gateway_id=gateway.id,
            secondary_blocks={cidr: self._associate(vpc_id, cidr) for cidr in props.secondary_cidrs},
            ipv6_cidr_block=vpc.ipv6_cidr_block if props.ipv6 else None,
        )

    def _associate(self, vpc_id: str, cidr: IPv4Network) -> ITerraformDependable:
        return VpcIpv4CidrBlockAssociation(self, f"block-{id_of_block(cidr)}", vpc_id=vpc_id, cidr_block=str(cidr))
