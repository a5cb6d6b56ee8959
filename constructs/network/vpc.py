"""The VPC of an environment: DNS on, internet gateway, and by default a default security group that permits nothing."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.vpc import Vpc as AwsVpc

from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class VpcProps:
    """`name` starts every Name tag (`<name>-main`); `cidr_block` is the IPv4 block."""

    name: str
    cidr_block: str
    empty_default_security_group: bool


@dataclass(frozen=True, kw_only=True)
class VpcOutputs:
    """IDs of the VPC and of its internet gateway."""

    vpc_id: str
    internet_gateway_id: str


class Vpc(Construct):
    """A VPC with an internet gateway."""

    def __init__(self, scope: Construct, id_: str, props: VpcProps) -> None:
        super().__init__(scope, id_)
        vpc = AwsVpc(
            self,
            "this",
            cidr_block=props.cidr_block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": f"{props.name}-main"},
        )
        vpc_id = vpc.id
        if props.empty_default_security_group:
            # Terraform takes the default group over and removes its rules, which AWS does not let anyone delete.
            DefaultSecurityGroup(self, "default-security-group", vpc_id=vpc_id, tags={"Name": f"{props.name}-default"})
        gateway = InternetGateway(self, "internet-gateway", vpc_id=vpc_id, tags={"Name": f"{props.name}-igw"})
        self.outputs = VpcOutputs(vpc_id=vpc_id, internet_gateway_id=gateway.id)
