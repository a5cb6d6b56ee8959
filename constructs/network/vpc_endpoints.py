"""VPC endpoints: S3 through the route tables, other services through interfaces in the private subnets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import Fn, TerraformLocal, Token
from cdktf_cdktf_provider_aws.data_aws_vpc_endpoint_service import (
    DataAwsVpcEndpointService,
    DataAwsVpcEndpointServiceFilter,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

from config.core.files.json_text import json_for_yaml
from config.core.naming import SECURITY_GROUP, id_of_block
from config.network.endpoints import service_names
from constructs import Construct
from constructs.network.endpoint_policy import policy_of_accounts

if TYPE_CHECKING:
    from config.network.network import NetworkSettings
    from constructs.aws.account import Account


@dataclass(frozen=True, kw_only=True)
class VpcEndpointsProps:
    """`name` starts every Name tag; subnets by zone; without route tables there are no gateway endpoints.

    The endpoints are reachable from the VPC's blocks; the account is there where the settings name accounts.
    """

    name: str
    region: str
    account: Account | None
    vpc_id: str
    private_subnets: dict[str, str]
    route_table_ids: list[str]
    settings: NetworkSettings


class VpcEndpoints(Construct):
    """The gateway endpoints and the interface endpoints that the settings name."""

    def __init__(self, scope: Construct, id_: str, props: VpcEndpointsProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        if props.route_table_ids:
            self._create_gateway_endpoints()
        if props.settings.interface_endpoints:
            self._create_interface_endpoints(self._create_security_group())

    def _create_gateway_endpoints(self) -> None:
        if self.props.settings.s3_gateway_endpoint:
            self._create_gateway_endpoint("s3")
        if self.props.settings.dynamodb_gateway_endpoint:
            self._create_gateway_endpoint("dynamodb")

    def _create_gateway_endpoint(self, service: str) -> None:
        (name,) = service_names(service, self.props.region)
        VpcEndpoint(
            self,
            service,
            vpc_id=self.props.vpc_id,
            service_name=name,
            vpc_endpoint_type="Gateway",
            route_table_ids=self.props.route_table_ids,
            policy=self._own_policy(service) or self._policy_of_accounts(service),
            tags={"Name": f"{self.props.name}-{service}"},
        )

    def _create_security_group(self) -> str:
        group = SecurityGroup(
            self,
            "security-group",
            name=SECURITY_GROUP.of(self.props.name, "vpc-endpoints"),
            description="HTTPS from the VPC to the interface endpoints",
            vpc_id=self.props.vpc_id,
            tags={"Name": f"{self.props.name}-vpc-endpoints"},
        )
        self._admit("https-from-vpc", group.id, str(self.props.settings.vpc_cidr))
        for cidr in self.props.settings.secondary_cidrs:
            self._admit(f"https-from-{id_of_block(cidr)}", group.id, str(cidr))
        return group.id

    def _admit(self, id_: str, security_group_id: str, cidr: str) -> None:
        VpcSecurityGroupIngressRule(
            self,
            id_,
            security_group_id=security_group_id,
            description="HTTPS from the VPC",
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags={"Name": f"{self.props.name}-vpc-endpoints"},
        )

    def _create_interface_endpoints(self, security_group_id: str) -> None:
        for service in self.props.settings.interface_endpoints:
            name, known = self._find_service(service)
            subnets = self.props.private_subnets
            VpcEndpoint(
                self,
                service,
                vpc_id=self.props.vpc_id,
                service_name=name,
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=Fn.matchkeys(list(subnets.values()), list(subnets), known.availability_zones),
                security_group_ids=[security_group_id],
                policy=self._own_policy(service)
                or self._where_supported(self._policy_of_accounts(service), service, known),
                tags={"Name": f"{self.props.name}-{service}"},
            )

    def _find_service(self, service: str) -> tuple[str, DataAwsVpcEndpointService]:
        """Look a service up, as not every zone of a region has it; return its name as well."""
        names = service_names(service, self.props.region)
        id_ = f"service-{service}"
        if len(names) == 1:
            return names[0], DataAwsVpcEndpointService(self, id_, service_name=names[0], service_type="Interface")
        either = DataAwsVpcEndpointServiceFilter(name="service-name", values=list(names))
        known = DataAwsVpcEndpointService(self, id_, filter=[either], service_type="Interface")
        return known.service_name, known

    def _own_policy(self, service: str) -> str | None:
        documents = self.props.settings.endpoint_policies
        return next((json_for_yaml(document) for name, document in documents.items() if name == service), None)

    def _policy_of_accounts(self, service: str) -> str | None:
        accounts = self.props.settings.endpoint_accounts
        if accounts is None or self.props.account is None:
            return None
        return policy_of_accounts(service, accounts, self.props.account)

    def _where_supported(self, policy: str | None, service: str, known: DataAwsVpcEndpointService) -> str | None:
        """Return the policy of an interface endpoint, none where its service takes none."""
        if policy is None:
            return None
        # A local value: JSON with references has quotation marks that an expression around it would end at.
        text = TerraformLocal(self, f"policy-{service}", policy).as_string
        return Token.as_string(Fn.conditional(known.vpc_endpoint_policy_supported, text, Token.null_value()))
