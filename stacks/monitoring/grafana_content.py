"""The grafana-content stack: the content of a Grafana outside of the cluster, above all Amazon Managed Grafana.

A stack of its own, because the workspace has to be there before anybody can log in to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.monitoring.installed_files import content_dashboards
from constructs.monitoring.content.grafana_content import GrafanaContent, GrafanaContentProps
from constructs.monitoring.content.grafana_resource import EphemeralSecret, add_grafana_provider
from stacks.base import EnvironmentStack
from stacks.outputs import ManagedMonitoringOutputs

if TYPE_CHECKING:
    from config.environment import Environment
    from constructs import Construct
    from stacks.monitoring.kube_prom_stack import KubePromStackStack


class GrafanaContentStack(EnvironmentStack):
    """`<environment>-grafana-content`."""

    NAME = "grafana-content"

    def __init__(
        self, scope: Construct, environment: Environment, *, region: str, kube_prom_stack: KubePromStackStack
    ) -> None:
        super().__init__(scope, environment)
        settings, monitoring = environment.grafana_content, environment.kube_prom_stack
        published = self.read(kube_prom_stack, ManagedMonitoringOutputs)
        token = None
        if settings.token is not None:
            token = EphemeralSecret(self, "token", secret_id=settings.token).text
        add_grafana_provider(self, url=settings.url or f"https://{published.grafana_endpoint}", token=token)
        sources = monitoring.managed_grafana.data_sources if monitoring.managed_grafana.enabled else ()
        has_own_topic = monitoring.managed_prometheus.alert_manager is not None
        existing = monitoring.managed_prometheus.existing
        props = GrafanaContentProps(
            prometheus_endpoint=published.prometheus_endpoint,
            region=region if existing is None else existing.region,
            is_managed=settings.url is None,
            role_arn=settings.role_arn,
            query_role_arn=settings.role_arn or (None if existing is None else existing.assume_role_arn),
            has_cloudwatch="CLOUDWATCH" in sources if settings.cloudwatch is None else settings.cloudwatch,
            dashboards=content_dashboards(environment),
            grafana_com_dashboards=settings.grafana_com_dashboards,
            topic_arn=settings.topic_arn or (published.alert_topic_arn if has_own_topic else None),
        )
        GrafanaContent(self, "content", props)
