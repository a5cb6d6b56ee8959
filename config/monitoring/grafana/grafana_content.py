"""Settings of the grafana-content stack: the content of a Grafana outside of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config.core.secret_references import SecretsManagerId
from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, text
from config.monitoring.grafana.dashboard_files import DASHBOARD_PATTERN
from config.monitoring.grafana.grafana import GrafanaComDashboard
from config.monitoring.managed.managed_prometheus import RoleArn, StandardTopicArn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.monitoring.kube_prom_stack import KubePromStackSettings

# https://grafana.com/grafana/dashboards/3119-kubernetes-cluster-monitoring-via-prometheus/
CLUSTER_DASHBOARD: Final = GrafanaComDashboard(id=3119, revision=2)
# Tokens and dashboards go there: nothing but TLS, and no login in the address.
GrafanaUrl = Annotated[str, *text(r"https://[^\s/@]+(?:/[^\s@]*)?", "a URL: https://…")]


class GrafanaContentSettings(Settings):
    """Data sources, dashboards and alerting in Amazon Managed Grafana, Grafana Cloud or any Grafana outside."""

    enabled: bool = Field(default=False, description="Make the grafana-content stack. Default: false.")
    url: GrafanaUrl | None = Field(
        default=None, description="Address of the Grafana. Default: the environment's Managed Grafana."
    )
    token: SecretsManagerId | None = Field(
        default=None,
        description="Secret in AWS Secrets Manager whose text is a token of a service account with the role Admin; "
        "Terraform reads it at each run and keeps it nowhere. Default: the environment variable GRAFANA_AUTH.",
    )
    role_arn: RoleArn | None = Field(
        default=None,
        description="Role that a Grafana outside of AWS assumes to query metrics and to publish alerts; it must trust "
        "Grafana's account. Default: the Grafana's own login in AWS, the role of the workspace for Managed Grafana.",
    )
    cloudwatch: bool | None = Field(
        default=None,
        description="Add CloudWatch as a data source. Default: whether managed_grafana.data_sources has CLOUDWATCH.",
    )
    dashboards: (
        tuple[Annotated[str, *text(DASHBOARD_PATTERN, "FOLDER/NAME of a file in values/dashboards")], ...] | None
    ) = Field(default=None, description="Files of values/dashboards, FOLDER/NAME. Default: all that apply.")
    grafana_com_dashboards: dict[KubernetesName, GrafanaComDashboard] = Field(
        default={"kubernetes-cluster": CLUSTER_DASHBOARD},
        description="Dashboards of grafana.com by a name of your choice, downloaded at each plan. "
        "Default: kubernetes-cluster, revision 2 of 3119.",
    )
    topic_arn: StandardTopicArn | None = Field(
        default=None,
        description="SNS topic that Grafana's alerts go to: a contact point and the root of the notification policies, "
        "in place of what is there. Default: the topic of managed_prometheus.alert_manager, else neither.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a role that Managed Grafana could not assume."""
        if self.role_arn is not None and self.url is None:
            yield Problem(
                ("role_arn",), "is for a Grafana outside of AWS; Managed Grafana has the role of its workspace"
            )


def content_problems(content: GrafanaContentSettings, stack: KubePromStackSettings) -> Iterator[Problem]:
    """Yield what the content needs of the monitoring: a Grafana, and metrics in Managed Prometheus."""
    if not content.enabled:
        return
    if content.url is None and not stack.managed_grafana.enabled:
        yield Problem(("url",), "is needed where kube_prom_stack.managed_grafana is off: which Grafana?")
    if not stack.managed_prometheus.enabled:
        yield Problem(("enabled",), "needs kube_prom_stack.managed_prometheus, which such a Grafana can query")
