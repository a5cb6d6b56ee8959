"""The network of an environment."""

from __future__ import annotations

from cdktf import App, Fn, TerraformOutput, Token
from cdktf_cdktf_provider_aws.data_aws_availability_zones import DataAwsAvailabilityZones
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc

from .common import EnvironmentStack, assume


def add_network(app: App, environment: str) -> EnvironmentStack:
    """A VPC with three public and three private subnets."""
    network = EnvironmentStack(app, environment, "network")
    zones = DataAwsAvailabilityZones(network, "zones", state="available")
    vpc = Vpc(network, "vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags={"Name": environment})
    gateway = InternetGateway(network, "gateway", vpc_id=vpc.id)
    key = KmsKey(network, "logs_key", enable_key_rotation=True, deletion_window_in_days=30)
    flow_role = IamRole(network, "flow_role", assume_role_policy=assume(network, "flow_assume", "ec2.amazonaws.com"))
    FlowLog(network, "flow_log", vpc_id=vpc.id, traffic_type="ALL", iam_role_arn=flow_role.arn)
    private_ids: list[str] = []
    for index in range(3):
        zone = Fn.element(zones.names, index)
        public = Subnet(
            network,
            f"public_{index}",
            vpc_id=vpc.id,
            cidr_block=f"10.0.{index}.0/24",
            availability_zone=Token.as_string(zone),
            map_public_ip_on_launch=True,
            tags={"Name": f"public-{index}"},
        )
        private = Subnet(
            network,
            f"private_{index}",
            vpc_id=vpc.id,
            cidr_block=f"10.0.{100 + index}.0/24",
            availability_zone=Token.as_string(zone),
            tags={"kubernetes.io/role/internal-elb": "1"},
        )
        private_ids.append(private.id)
        address = Eip(network, f"address_{index}", domain="vpc", depends_on=[gateway])
        nat = NatGateway(network, f"nat_{index}", allocation_id=address.id, subnet_id=public.id)
        for name, subnet in (("public", public), ("private", private)):
            table = RouteTable(network, f"{name}_table_{index}", vpc_id=vpc.id)
            RouteTableAssociation(
                network, f"{name}_table_association_{index}", subnet_id=subnet.id, route_table_id=table.id
            )
            if name == "public":
                Route(
                    network,
                    f"public_route_{index}",
                    route_table_id=table.id,
                    destination_cidr_block="0.0.0.0/0",
                    gateway_id=gateway.id,
                )
            else:
                Route(
                    network,
                    f"private_route_{index}",
                    route_table_id=table.id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=nat.id,
                )
    TerraformOutput(network, "vpc_id", value=vpc.id)
    TerraformOutput(network, "private_subnet_ids", value=private_ids)
    TerraformOutput(network, "key_arn", value=key.arn)
    return network
