"""Settings of what is scraped by name: services of one's own, and a service mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config import versions
from config.core.charts import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.features import Feature
from config.core.resources import ResourceAmounts, Resources
from config.core.settings import Problem, Settings
from config.core.types import Duration, KubernetesName, LabelKey, LabelValue, text
from config.monitoring.prometheus import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
PortName = Annotated[
    str, *text(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "the name of a port (lower-case letters, digits, inner dashes)")
]
MetricsPath = Annotated[str, *text(r"/[^\s{}]*", "a path like /metrics")]


class MonitoredService(Settings):
    """A Kubernetes Service whose pods show metrics."""

    namespace: KubernetesName = Field(description="Namespace of the Service.")
    labels: dict[LabelKey, LabelValue] = Field(
        default={}, description="Labels by which the Service is found. Default: app with the name given here."
    )
    port: PortName = Field(default="http-metrics", description="Name of the Service's port. Default: http-metrics.")
    path: MetricsPath = Field(default="/metrics", description="Path of the metrics. Default: /metrics.")
    interval: Duration | None = Field(default=None, description="How often it is scraped. Default: Prometheus' own.")


class KialiSettings(Settings):
    """Kiali, the console of the mesh, on this Prometheus and Grafana."""

    enabled: bool = Field(default=True, description="Install Kiali. Default: true.")
    chart_version: ChartVersion = chart_version(versions.KIALI)
    chart_repository: ChartRepository = chart_repository(versions.KIALI)
    login: Literal["token", "anonymous"] = Field(
        default="token",
        description="Users log in with a Kubernetes token and see what it may see, or nobody logs in. Default: token.",
    )
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="20m", memory="128Mi"), limits=ResourceAmounts(memory="1Gi")),
        description="Default: requests 20m CPU and 128Mi, limit 1Gi of memory.",
    )


class IstioSettings(Feature):
    """Monitoring of an Istio mesh that is installed already: istiod, sidecars and gateways."""

    DASHBOARDS = ("mesh/istio",)

    enabled: bool = Field(default=False, description="Scrape the mesh and show its dashboards. Default: false.")
    namespace: KubernetesName = Field(default="istio-system", description="Namespace of istiod. Default: istio-system.")
    interval: Duration = Field(default="15s", description="How often the proxies are scraped. Default: 15s.")
    kiali: KialiSettings = Field(default=KialiSettings(), description="Kiali. Default: on.")

    def problems(self) -> Iterator[Problem]:
        """Yield an interval at which samples go stale."""
        if not 1 <= seconds_of(self.interval) <= 120:
            yield Problem(("interval",), f"{self.interval} is outside 1s to 2m: samples older than 5m are stale")
