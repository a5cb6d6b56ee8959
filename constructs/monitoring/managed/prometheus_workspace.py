"""What is known of a Managed Prometheus workspace: how to write to it and to query it, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

if TYPE_CHECKING:
    from pydantic import JsonValue

    from config.monitoring.managed.managed_prometheus import ManagedPrometheusSettings
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values
    from constructs.monitoring.managed.alert_topic import AlertTopicOutputs

# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-and-IAM.html
QUERY_ACTIONS = ("aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics")
# The core data source no longer signs requests. Grafana hands the pod's role to this plugin without further settings.
# https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/aws-authentication/
# https://github.com/grafana/grafana/pull/119772
GRAFANA_PLUGIN = "grafana-amazonprometheus-datasource"
DATA_SOURCE_UID = "managed-prometheus"


@dataclass(frozen=True, kw_only=True)
class PrometheusWorkspaceOutputs:
    """A workspace, own or existing, and the topic that its alert manager notifies; the endpoint ends with a slash."""

    workspace_arn: str
    workspace_id: str
    prometheus_endpoint: str
    region: str
    assume_role_arn: str | None = None
    topic: AlertTopicOutputs | None = None

    @property
    def remote_write_url(self) -> str:
        """Where Prometheus writes to."""
        return f"{self.prometheus_endpoint}api/v1/remote_write"

    def grant_write(self) -> Statements:
        """Permit writing to this workspace, or assuming the role that may."""
        return self._grant("aps:RemoteWrite")

    def grant_query(self) -> Statements:
        """Permit querying this workspace, or assuming the role that may."""
        return self._grant(*QUERY_ACTIONS)

    def remote_write(self, settings: ManagedPrometheusSettings) -> Values:
        """Return an entry of `prometheus.prometheusSpec.remoteWrite`.

        https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.RemoteWriteSpec
        """
        queue = settings.remote_write
        sigv4: Values = {"region": self.region}
        if self.assume_role_arn is not None:
            sigv4["roleArn"] = self.assume_role_arn
        return {
            "name": "managed-prometheus",
            "url": self.remote_write_url,
            "sigv4": sigv4,
            "queueConfig": {
                "maxSamplesPerSend": queue.max_samples_per_send,
                "maxShards": queue.max_shards,
                "capacity": queue.capacity,
            },
            "writeRelabelConfigs": [*_metric_filters(settings), *_mark_replica()],
        }

    def grafana_data_source(self) -> Values:
        """Return an entry of `grafana.additionalDataSources`; it needs the plugin, and `grant_query` on Grafana's role.

        https://grafana.com/docs/plugins/grafana-amazonprometheus-datasource/latest/configure/
        """
        options: Values = {
            "httpMethod": "POST",
            "sigV4Auth": True,
            "sigV4AuthType": "default",
            "sigV4Region": self.region,
        }
        if self.assume_role_arn is not None:
            options["sigV4AssumeRoleArn"] = self.assume_role_arn
        return {
            "name": "Managed Prometheus",
            "uid": DATA_SOURCE_UID,
            "type": GRAFANA_PLUGIN,
            "access": "proxy",
            "url": self.prometheus_endpoint,
            "jsonData": options,
        }

    def _grant(self, *actions: str) -> Statements:
        if self.assume_role_arn is not None:
            return [DataAwsIamPolicyDocumentStatement(actions=["sts:AssumeRole"], resources=[self.assume_role_arn])]
        return [DataAwsIamPolicyDocumentStatement(actions=list(actions), resources=[self.workspace_arn])]


def _metric_filters(settings: ManagedPrometheusSettings) -> list[JsonValue]:
    chosen = {"keep": settings.keep_metrics, "drop": settings.dropped_metrics}
    return [
        {"sourceLabels": ["__name__"], "regex": "|".join(patterns), "action": action}
        for action, patterns in chosen.items()
        if patterns
    ]


def _mark_replica() -> list[JsonValue]:
    """Name the replica as the service expects it, so that it stores each sample of a group of replicas once.

    Here and not by `replicaExternalLabelName`: Thanos uses the label's usual name.
    https://docs.aws.amazon.com/prometheus/latest/userguide/Send-high-availability-data-operator.html
    """
    return [
        {"sourceLabels": ["prometheus_replica"], "targetLabel": "__replica__", "action": "replace"},
        {"regex": "prometheus_replica", "action": "labeldrop"},
    ]
