"""The network stack: VPC, subnets, routes, flow logs and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.network.routing import Routing, RoutingProps
from constructs.network.subnets import Subnets, SubnetsProps
from constructs.network.vpc import Vpc, VpcProps
from constructs.network.vpc_endpoints import VpcEndpoints, VpcEndpointsProps
from constructs.network.vpc_flow_logs import VpcFlowLogs, VpcFlowLogsProps
from stacks.base import AwsStack
from stacks.outputs import FurtherSubnetsOutputs, NetworkOutputs

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        if existing is None:
            self._create_network()
        else:
            self._find_network(existing)

    def _create_network(self) -> None:
        name, settings = self.environment.name, self.place.network
        vpc = Vpc(
            self,
            "vpc",
            VpcProps(
                name=name,
                cidr_block=str(settings.vpc_cidr),
                secondary_cidrs=settings.secondary_cidrs,
                ipv6=settings.ipv6,
                empty_default_security_group=settings.empty_default_security_group,
            ),
        )
        subnets = Subnets(
            self,
            "subnets",
            SubnetsProps(
                name=name,
                cluster_name=self.environment.cluster_name,
                vpc=vpc.outputs,
                settings=settings,
                has_discovery_tag=self.environment.cluster_addons.karpenter.enabled,
            ),
        )
        routing = Routing(
            self, "routing", RoutingProps(name=name, vpc=vpc.outputs, subnets=subnets.outputs, settings=settings)
        )
        self._create_endpoints(
            vpc.outputs.vpc_id, subnets.outputs, route_table_ids=routing.outputs.inner_route_table_ids
        )
        if settings.flow_logs.enabled:
            VpcFlowLogs(
                self,
                "flow-logs",
                VpcFlowLogsProps(
                    name=name, vpc_id=vpc.outputs.vpc_id, account=self.account, settings=settings.flow_logs
                ),
            )
        self._publish(vpc.outputs.vpc_id, subnets.outputs)

    def _find_network(self, existing: ExistingNetwork) -> None:
        from constructs.network.existing_subnets import ExistingSubnets

        subnets = ExistingSubnets(self, "existing", existing=existing, ipv6=self.place.network.ipv6)
        self._create_endpoints(existing.vpc_id, subnets.outputs, route_table_ids=[])
        self._publish(existing.vpc_id, subnets.outputs)

    def _create_endpoints(self, vpc_id: str, subnets: SubnetsOutputs, *, route_table_ids: list[str]) -> None:
        VpcEndpoints(
            self,
            "endpoints",
            VpcEndpointsProps(
                name=self.environment.name,
                region=self.place.region,
                account=None if self.place.network.endpoint_accounts is None else self.account,
                vpc_id=vpc_id,
                private_subnets=subnets.private,
                route_table_ids=route_table_ids,
                settings=self.place.network,
            ),
        )

    def _publish(self, vpc_id: str, subnets: SubnetsOutputs) -> None:
        NetworkOutputs(
            vpc_id=vpc_id,
            private_subnet_ids=list(subnets.private.values()),
            private_subnet_zones=list(subnets.private),
            public_subnet_ids=list(subnets.public.values()),
        ).publish(self)
        if not (subnets.pods or subnets.intra or subnets.database):
            return
        FurtherSubnetsOutputs(
            pods_subnet_ids=list(subnets.pods.values()),
            pods_subnet_zones=list(subnets.pods),
            intra_subnet_ids=list(subnets.intra.values()),
            database_subnet_ids=list(subnets.database.values()),
            database_subnet_group_name=self._create_database_subnet_group(subnets.database),
        ).publish(self)

    def _create_database_subnet_group(self, subnets: Mapping[str, str]) -> str:
        if not subnets:
            return ""
        from constructs.network.database_subnet_group import DatabaseSubnetGroup, DatabaseSubnetGroupProps

        props = DatabaseSubnetGroupProps(name=self.environment.name, subnet_ids=list(subnets.values()))
        return DatabaseSubnetGroup(self, "database-subnet-group", props).outputs.name
