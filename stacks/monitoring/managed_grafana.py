"""Amazon Managed Grafana, which shows what the features contribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.outputs import NetworkOutputs

if TYPE_CHECKING:
    from constructs.monitoring.contribution import Contribution
    from constructs.monitoring.managed.managed_grafana import GrafanaNetwork
    from stacks.monitoring.base import MonitoringStack
    from stacks.network import NetworkStack


def create_managed_grafana(stack: MonitoringStack, features: Contribution, network: NetworkStack | None) -> None:
    """Create the workspace if it is on; it may query the workspace of Managed Prometheus."""
    settings, region = stack.settings.managed_grafana, stack.environment.region
    if not settings.enabled or region is None:
        return
    from constructs.monitoring.managed.managed_grafana import ManagedGrafana, ManagedGrafanaProps

    ManagedGrafana(
        stack,
        "managed-grafana",
        ManagedGrafanaProps(
            name=stack.environment.cluster_name,
            account=stack.account_in(region),
            settings=settings,
            network=_find_network(stack, network),
            prometheus=features.workspace,
        ),
    )


def _find_network(stack: MonitoringStack, network: NetworkStack | None) -> GrafanaNetwork | None:
    settings = stack.environment.network
    if network is None or settings is None or not stack.settings.managed_grafana.needed_endpoints():
        return None
    from constructs.monitoring.managed.managed_grafana import GrafanaNetwork

    published = stack.read(network, NetworkOutputs)
    return GrafanaNetwork(
        vpc_id=published.vpc_id,
        vpc_cidr=str(settings.vpc_cidr),
        private_subnet_ids=published.private_subnet_ids,
    )
