"""Amazon Managed Grafana, which shows what the features contribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.outputs import ManagedMonitoringOutputs, NetworkOutputs

if TYPE_CHECKING:
    from constructs.monitoring.contribution import Contribution
    from constructs.monitoring.managed.managed_grafana import GrafanaNetwork
    from stacks.monitoring.base import MonitoringStack
    from stacks.network import NetworkStack


def create_managed_grafana(stack: MonitoringStack, features: Contribution, network: NetworkStack | None) -> None:
    """Create the workspace if it is on, and publish what its content needs."""
    endpoint = _create_workspace(stack, features, network)
    workspace = features.workspace
    if stack.environment.grafana_content.enabled and workspace is not None:
        ManagedMonitoringOutputs(
            grafana_endpoint=endpoint or "",
            prometheus_endpoint=workspace.prometheus_endpoint,
            alert_topic_arn="" if workspace.topic is None else workspace.topic.topic_arn,
        ).publish(stack)


def _create_workspace(stack: MonitoringStack, features: Contribution, network: NetworkStack | None) -> str | None:
    """Create the workspace, which may query that of Managed Prometheus; return its host name."""
    settings, region = stack.settings.managed_grafana, stack.environment.region
    if not settings.enabled or region is None:
        return None
    from constructs.monitoring.managed.managed_grafana import ManagedGrafana, ManagedGrafanaProps

    workspace = ManagedGrafana(
        stack,
        "managed-grafana",
        ManagedGrafanaProps(
            name=stack.environment.cluster_name,
            account=stack.account_in(region),
            settings=settings,
            network=_find_network(stack, network),
            prometheus=features.workspace,
            has_content=stack.environment.grafana_content.enabled,
        ),
    )
    return workspace.outputs.endpoint


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
