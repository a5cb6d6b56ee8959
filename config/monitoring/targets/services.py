"""Settings of what is scraped by name: the user's services, and a service mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config import versions
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.feature import Feature
from config.core.resources import ResourceAmounts, Resources
from config.core.settings import Problem, Settings, unique
from config.core.types import Duration, KubernetesName, LabelKey, LabelValue, text
from config.monitoring.durations import seconds_of
from config.monitoring.logins import SecretKeyReference
from config.monitoring.prometheus.scrape_configs import problems_of_regex

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
    more_namespaces: tuple[KubernetesName, ...] = Field(
        default=(), description="Other namespaces with such a Service. Default: none."
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default={}, description="Labels by which the Service is found. Default: app with the name given here."
    )
    port: PortName = Field(default="http-metrics", description="Name of the Service's port. Default: http-metrics.")
    target_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of the pods, for a Service's port without a name. Default: port.",
    )
    path: MetricsPath = Field(default="/metrics", description="Path of the metrics. Default: /metrics.")
    interval: Duration | None = Field(default=None, description="How often it is scraped. Default: Prometheus' own.")
    scheme: Literal["http", "https"] = Field(default="http", description="http or https. Default: http.")
    ca: SecretKeyReference | None = Field(
        default=None,
        description="Where the CA of its certificate is kept. Default: those that Prometheus' image trusts.",
    )
    server_name: Annotated[str, *text(r"[A-Za-z0-9.*-]+", "a host name")] | None = Field(
        default=None, description="Name in its certificate. Default: the address."
    )
    skip_tls_verify: bool = Field(default=False, description="Accept any certificate. Default: false.")
    bearer_token: SecretKeyReference | None = Field(default=None, description="A token. Default: none.")
    mutual_tls: bool = Field(
        default=False,
        description="The pods are in an Istio mesh that takes its own connections only (STRICT): Prometheus gets a "
        "certificate of the mesh, and shows it. Default: false.",
    )
    keep_metrics: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(), description="Only metrics whose whole name matches one of these are kept. Default: all."
    )
    drop_metrics: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(), description="Metrics whose whole name matches one of these are dropped. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what requires https, two ports, and filters that do not compile."""
        for field in ("ca", "server_name", "skip_tls_verify"):
            if getattr(self, field) and self.scheme == "http":
                yield Problem((field,), "requires scheme https")
        if self.mutual_tls and "scheme" in self.model_fields_set:
            yield Problem(("scheme",), "cannot be used with mutual_tls, which is always https")
        if self.target_port is not None and "port" in self.model_fields_set:
            yield Problem(("target_port",), "cannot be used with port; give one of them")
        yield from unique("more_namespaces", (self.namespace, *self.more_namespaces)[1:])
        for field in ("keep_metrics", "drop_metrics"):
            for position, pattern in enumerate(getattr(self, field)):
                yield from problems_of_regex(pattern, (field, position))


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
