"""The kube-prometheus-stack release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_secretsmanager_secret_version import DataAwsSecretsmanagerSecretVersion

from config import versions
from constructs import Construct
from constructs.helm.helm_release import create_release

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from constructs.helm.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class KubePrometheusStackProps:
    """The namespace, the composed values, and what must exist before the pods start."""

    namespace: str
    values: Values
    settings: KubePromStackSettings
    depends_on: list[ITerraformDependable]


@dataclass(frozen=True, kw_only=True)
class KubePrometheusStackOutputs:
    """The release: it brings the CRDs of monitors, probes and rules."""

    release: ITerraformDependable


class KubePrometheusStack(Construct):
    """Prometheus operator, Prometheus, Alertmanager, Grafana and exporters."""

    def __init__(self, scope: Construct, id_: str, props: KubePrometheusStackProps) -> None:
        super().__init__(scope, id_)
        settings = props.settings
        release = create_release(
            self,
            name=settings.release_name,
            namespace=props.namespace,
            chart=versions.KUBE_PROMETHEUS_STACK.at(settings.chart_repository, settings.chart_version),
            values=props.values,
            timeout_seconds=settings.timeout_seconds,
            secret_values=self._read_secrets(settings),
            depends_on=props.depends_on,
            # Such a Service gets its address by a tunnel, which is opened when there is something to open.
            is_awaited=settings.service_type != "LoadBalancer",
        )
        self.outputs = KubePrometheusStackOutputs(release=release)

    def _read_secrets(self, settings: KubePromStackSettings) -> str | None:
        if settings.release_secrets is None:
            return None
        return DataAwsSecretsmanagerSecretVersion(self, "secrets", secret_id=settings.release_secrets).secret_string
