"""The network stack: VPC, subnets, routes, flow logs and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.network.routing import Routing, RoutingProps
from constructs.network.subnets import Subnets, SubnetsProps
from constructs.network.vpc import Vpc, VpcProps
from constructs.network.vpc_endpoints import VpcEndpoints, VpcEndpointsProps
from constructs.network.vpc_flow_logs import VpcFlowLogs, VpcFlowLogsProps
from stacks.base import AwsStack
from stacks.outputs import NetworkOutputs

if TYPE_CHECKING:
    from config.environment import Environment
    from config.place import OwnCluster
    from constructs import Construct


class NetworkStack(AwsStack):
    """`<environment>-network`."""

    NAME = NetworkOutputs.PRODUCER

    def __init__(self, scope: Construct, environment: Environment, *, place: OwnCluster) -> None:
        super().__init__(scope, environment, region=place.region)
        name, settings = environment.name, place.network
        vpc = Vpc(
            self,
            "vpc",
            VpcProps(
                name=name,
                cidr_block=str(settings.vpc_cidr),
                empty_default_security_group=settings.empty_default_security_group,
            ),
        )
        subnets = Subnets(
            self,
            "subnets",
            SubnetsProps(
                name=name, cluster_name=environment.cluster_name, vpc_id=vpc.outputs.vpc_id, settings=settings
            ),
        )
        private_subnet_ids = list(subnets.outputs.private.values())
        routing = Routing(
            self, "routing", RoutingProps(name=name, vpc=vpc.outputs, subnets=subnets.outputs, settings=settings)
        )
        VpcEndpoints(
            self,
            "endpoints",
            VpcEndpointsProps(
                name=name,
                region=place.region,
                vpc_id=vpc.outputs.vpc_id,
                private_subnets=subnets.outputs.private,
                private_route_table_ids=routing.outputs.private_route_table_ids,
                settings=settings,
            ),
        )
        if settings.flow_logs.enabled:
            VpcFlowLogs(
                self,
                "flow-logs",
                VpcFlowLogsProps(
                    name=name, vpc_id=vpc.outputs.vpc_id, account=self.account, settings=settings.flow_logs
                ),
            )
        NetworkOutputs(
            vpc_id=vpc.outputs.vpc_id,
            private_subnet_ids=private_subnet_ids,
            private_subnet_zones=list(subnets.outputs.private),
            public_subnet_ids=list(subnets.outputs.public.values()),
        ).publish(self)
