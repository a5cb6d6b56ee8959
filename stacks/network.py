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
    from config.network.existing_network import ExistingNetwork
    from config.place import OwnCluster
    from constructs import Construct
    from constructs.network.subnets import SubnetsOutputs


class NetworkStack(AwsStack):
    """`<environment>-network`."""

    NAME = NetworkOutputs.PRODUCER

    def __init__(self, scope: Construct, environment: Environment, *, place: OwnCluster) -> None:
        super().__init__(scope, environment, region=place.region)
        self.place = place
        existing = place.network.existing
        outputs = self._create_network() if existing is None else self._find_network(existing)
        outputs.publish(self)

    def _create_network(self) -> NetworkOutputs:
        name, settings = self.environment.name, self.place.network
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
                name=name, cluster_name=self.environment.cluster_name, vpc_id=vpc.outputs.vpc_id, settings=settings
            ),
        )
        routing = Routing(
            self, "routing", RoutingProps(name=name, vpc=vpc.outputs, subnets=subnets.outputs, settings=settings)
        )
        self._create_endpoints(
            vpc.outputs.vpc_id, subnets.outputs, route_table_ids=routing.outputs.private_route_table_ids
        )
        if settings.flow_logs.enabled:
            VpcFlowLogs(
                self,
                "flow-logs",
                VpcFlowLogsProps(
                    name=name, vpc_id=vpc.outputs.vpc_id, account=self.account, settings=settings.flow_logs
                ),
            )
        return _outputs(vpc.outputs.vpc_id, subnets.outputs)

    def _find_network(self, existing: ExistingNetwork) -> NetworkOutputs:
        from constructs.network.existing_subnets import ExistingSubnets

        subnets = ExistingSubnets(self, "existing", existing=existing)
        self._create_endpoints(existing.vpc_id, subnets.outputs, route_table_ids=[])
        return _outputs(existing.vpc_id, subnets.outputs)

    def _create_endpoints(self, vpc_id: str, subnets: SubnetsOutputs, *, route_table_ids: list[str]) -> None:
        VpcEndpoints(
            self,
            "endpoints",
            VpcEndpointsProps(
                name=self.environment.name,
                region=self.place.region,
                vpc_id=vpc_id,
                private_subnets=subnets.private,
                private_route_table_ids=route_table_ids,
                settings=self.place.network,
            ),
        )


def _outputs(vpc_id: str, subnets: SubnetsOutputs) -> NetworkOutputs:
    return NetworkOutputs(
        vpc_id=vpc_id,
        private_subnet_ids=list(subnets.private.values()),
        private_subnet_zones=list(subnets.private),
        public_subnet_ids=list(subnets.public.values()),
    )
