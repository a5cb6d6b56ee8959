"""Settings of metrics-server."""

from __future__ import annotations

from pydantic import Field

from config import versions
from config.addons.addon import OWN_CERTIFICATE, Addon, Monitor, Replicas
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import Resources, resources


class MetricsServerSettings(Addon):
    """metrics-server: CPU and memory of pods and nodes, for `kubectl top` and autoscalers."""

    TITLE = "metrics-server"
    PAGE = "scale-on-a-metric.md"
    CHART = versions.METRICS_SERVER
    MONITOR = Monitor("ServiceMonitor", {"port": "https", **OWN_CERTIFICATE})

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    kubelet_insecure_tls: bool = Field(
        default=False,
        description="Accept kubelets with certificates of their own, as minikube's are. Default: false.",
    )
    replicas: Replicas = Field(default=1, description="Replicas, each measuring everything. Default: 1.")
    resources: Resources = resources("100m", "200Mi", "400Mi")
