"""Settings of the Prometheus adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from config import versions
from config.addons.adapter_metrics import CustomMetric, ExternalMetric, MetricName
from config.addons.addon import OWN_CERTIFICATE, Addon, Monitor, Replicas
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import Resources, resources
from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


class PrometheusAdapterSettings(Addon):
    """The Prometheus adapter: metrics of Prometheus that autoscalers scale on."""

    TITLE = "Prometheus adapter"
    PAGE = "scale-on-a-metric.md#on-a-number-of-your-own"
    CHART = versions.PROMETHEUS_ADAPTER
    MONITOR = Monitor("ServiceMonitor", {"port": "https", **OWN_CERTIFICATE})

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    custom_metrics: dict[MetricName, CustomMetric] = Field(
        default={}, description="Metrics of pods and other objects, by their name for autoscalers. Default: none."
    )
    external_metrics: dict[MetricName, ExternalMetric] = Field(
        default={}, description="Metrics of no object, by their name for autoscalers. Default: none."
    )
    replicas: Replicas = Field(default=1, description="Replicas; they keep no data. Default: 1.")
    resources: Resources = resources("50m", "128Mi", "512Mi")

    def problems(self) -> Iterator[Problem]:
        """Yield an adapter that would serve nothing."""
        if self.enabled and not self.custom_metrics and not self.external_metrics:
            yield Problem((), "is enabled without custom_metrics or external_metrics; there is nothing to scale on")
