"""Ports of a workload, and how it is reached by them: services, load balancers, metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.core.secret_references import SecretName
from config.core.settings import Problem, Settings
from config.core.types import Cidr, Duration, KubernetesName, text
from config.monitoring.durations import seconds_of
from config.monitoring.load_balancer_ingress import CertificateArn, HostName

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services
PortName = Annotated[
    str,
    *text(r"(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*", "a port name (lower-case letters, digits, inner -)", max_length=15),
]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
UrlPath = Annotated[str, *text(r"/[^\s]*", "a path like /metrics")]
AnnotationKey = Annotated[
    str, *text(r"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?", "an annotation key")
]


class WorkloadService(Settings):
    """How the workload is reached: from inside the cluster, or by a load balancer of its own."""

    type: Literal["ClusterIP", "LoadBalancer"] = Field(
        default="ClusterIP",
        description="`LoadBalancer` makes a network load balancer, by the AWS load balancer controller. "
        "Default: ClusterIP.",
    )
    ports: dict[PortName, PortNumber] = Field(
        default={},
        description="Port of the service for each named port. Default: all ports but that of the metrics, as they are.",
    )
    scheme: Literal["internal", "internet-facing"] = Field(
        default="internal", description="Whether the load balancer has public addresses. Default: internal."
    )
    source_cidrs: tuple[Cidr, ...] = Field(
        default=(), description="Blocks that may use the load balancer. Default: everyone who reaches it."
    )
    annotations: dict[AnnotationKey, str] = Field(default={}, description="Further annotations. Default: none.")

    def problems(self) -> Iterator[Problem]:
        """Yield what only a load balancer has."""
        if self.type == "ClusterIP":
            for name in ("scheme", "source_cidrs"):
                if name in self.model_fields_set:
                    yield Problem((name,), "requires type LoadBalancer")


class WorkloadIngress(Settings):
    """An application load balancer with TLS, by the AWS load balancer controller."""

    host: HostName = Field(description="Host name that users type.")
    path: UrlPath = Field(default="/", description="What paths start with. Default: /.")
    port: PortName | None = Field(default=None, description="Name of the port. Default: the service's first.")
    certificate_arn: CertificateArn | None = Field(
        default=None, description="Certificate of the host. Default: the controller looks one up by the host."
    )
    tls_secret: SecretName | None = Field(
        default=None,
        description="Kubernetes secret with the certificate, for another IngressClass than ALB's. Default: none.",
    )
    scheme: Literal["internal", "internet-facing"] = Field(
        default="internal", description="Whether the load balancer has public addresses. Default: internal."
    )
    source_cidrs: tuple[Cidr, ...] = Field(
        default=(), description="Blocks that may use the load balancer. Default: everyone who reaches it."
    )
    group: KubernetesName | None = Field(
        default=None, description="Ingresses of a group share one load balancer. Default: one of its own."
    )
    health_check_path: UrlPath | None = Field(
        default=None, description="What the load balancer asks. Default: the path of the readiness probe, or /."
    )
    ingress_class: KubernetesName = Field(default="alb", description="IngressClass. Default: alb.")
    annotations: dict[AnnotationKey, str] = Field(default={}, description="Further annotations. Default: none.")

    def problems(self) -> Iterator[Problem]:
        """Yield two certificates."""
        if self.certificate_arn is not None and self.tls_secret is not None:
            yield Problem(("tls_secret",), "is a second certificate; give either certificate_arn or tls_secret")


class WorkloadMetrics(Settings):
    """Where Prometheus finds the workload's metrics."""

    port: PortName = Field(description="Name of the port, e.g. http-metrics.")
    path: UrlPath = Field(default="/metrics", description="Path of the metrics. Default: /metrics.")
    interval: Duration | None = Field(
        default=None, description="How often they are scraped, at most 2m. Default: as Prometheus does."
    )
    service_monitor: bool = Field(
        default=True, description="Scrape through a metrics Service of its own, by a ServiceMonitor. Default: true."
    )
    service_name: KubernetesName | None = Field(
        default=None, description="Name of the metrics Service, which is that of the job. Default: <workload>-prom."
    )
    pod_monitor: bool = Field(
        default=False,
        description="Scrape the pods by a PodMonitor; with a ServiceMonitor as well, each series exists twice, in two "
        "jobs. Default: false.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield an interval with gaps, and metrics that nothing scrapes."""
        if self.interval is not None and not 1 <= seconds_of(self.interval) <= 120:
            yield Problem(("interval",), f"{self.interval} is outside 1s to 2m: samples older than 5m are stale")
        if not self.service_monitor and not self.pod_monitor:
            yield Problem((), "are scraped by nothing; leave service_monitor on, or switch pod_monitor on")
        if not self.service_monitor and self.service_name is not None:
            yield Problem(("service_name",), "requires service_monitor")
