"""Amazon Managed Service for Prometheus: what Prometheus writes there, and Grafana shows from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config import versions
from config.monitoring.values.values_files import read_text
from constructs.monitoring.contribution import Contribution

if TYPE_CHECKING:
    from stacks.cluster_reference import PodRoles
    from stacks.monitoring.base import MonitoringStack


def contribute_managed_prometheus(stack: MonitoringStack, roles: PodRoles) -> Contribution:
    """Add the workspace, own or existing, as a target of writes and as a data source."""
    settings = stack.settings.managed_prometheus
    if not settings.enabled:
        return Contribution()
    from constructs.monitoring.managed.managed_prometheus import ManagedPrometheus, ManagedPrometheusProps
    from constructs.monitoring.managed.prometheus_workspace import GRAFANA_PLUGIN

    workspace = ManagedPrometheus(
        stack,
        "managed-prometheus",
        ManagedPrometheusProps(
            name=stack.environment.cluster_name, account=roles.account, settings=settings, read_file=read_text
        ),
    ).outputs
    return Contribution(
        prometheus_policies={"managed-prometheus": workspace.grant_write()},
        grafana_policies={"managed-prometheus": workspace.grant_query()},
        remote_write=(workspace.remote_write(settings),),
        data_sources=(workspace.grafana_data_source(),),
        grafana_plugins=(f"{GRAFANA_PLUGIN}@{versions.GRAFANA_AMAZON_PROMETHEUS}",),
        workspace=workspace,
    )
