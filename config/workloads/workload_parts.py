"""Settings of the parts of a workload: containers, probes, files, how it is reached, scaled and watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.core.languages.promql import parse_error
from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.secrets import SecretKey, SecretName
from config.core.settings import Problem, Settings
from config.core.types import Cidr, Duration, KubernetesName, Quantity, text
from config.monitoring.alerting.receivers import Url
from config.monitoring.durations import seconds_of
from config.monitoring.grafana.grafana import CertificateArn, HostName

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://github.com/distribution/reference: a name, and a tag or a digest.
Image = Annotated[
    str,
    *text(
        r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})",
        "an image with a tag or digest, like registry.example.com/team/app:1.2.3",
    ),
]
# https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services
PortName = Annotated[
    str,
    *text(r"(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*", "a port name (lower-case letters, digits, inner -)", max_length=15),
]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
# https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
VariableName = Annotated[str, *text(r"[-._a-zA-Z][-._a-zA-Z0-9]*", "the name of an environment variable")]
# Files of the workload's own: /tmp is made by this project, and kubelet separates mounts by colons.
MountPath = Annotated[str, *text(r"/[^\s:]*[^\s:/]", "an absolute path without spaces and colons, like /data")]
UrlPath = Annotated[str, *text(r"/[^\s]*", "a path like /metrics")]
FileName = Annotated[
    str, *text(r"(?!\.{1,2}$)(?!\.\.)[-._a-zA-Z0-9]+", "a file name (letters, digits, -._)", max_length=253)
]
# Names of volumes are prefixed with what they are, in 63 characters.
VolumeName = Annotated[
    str, *text(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "a volume name (lower-case letters, digits, inner -)", max_length=40)
]
Percent = Annotated[int, Field(ge=1, le=1000)]
Replicas = Annotated[int, Field(ge=1, le=1000)]
AnnotationKey = Annotated[
    str, *text(r"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?", "an annotation key")
]
User = Annotated[int, Field(ge=0, le=65535)]


class SecretVariable(Settings):
    """A key of a Kubernetes secret that exists."""

    secret: SecretName = Field(description="Kubernetes secret in the workload's namespace, made by yourself.")
    key: SecretKey = Field(description="Key in the secret.")


class ConfigFiles(Settings):
    """Files of a ConfigMap; pods start anew when one changes."""

    mount_path: MountPath = Field(description="Folder of the files in the containers, read-only.")
    files: dict[FileName, str] = Field(min_length=1, description="Text of each file by its name.")


class SecretFiles(Settings):
    """The keys of a Kubernetes secret that exists, as files."""

    secret: SecretName = Field(description="Kubernetes secret in the workload's namespace, made by yourself.")
    mount_path: MountPath = Field(description="Folder of the files in the containers, read-only.")


class SharedVolume(Settings):
    """An empty volume that the containers of a pod share, as long as the pod lives."""

    mount_path: MountPath = Field(description="Folder in the containers.")
    size_limit: Quantity = Field(default="1Gi", description="The pod is evicted when it holds more. Default: 1Gi.")


class ReplicaVolume(Settings):
    """A volume that each replica has of its own; it stays when the replica goes."""

    mount_path: MountPath = Field(description="Folder in the containers.")
    volume_gib: VolumeGib = Field(description="Size in GiB.")
    storage_class_name: KubernetesName | None = Field(
        default=None, description="StorageClass. Default: the csi-addon stack's, or the cluster's default."
    )


class InitContainer(Settings):
    """A container that ends before the workload starts; it has the same volumes at the same paths."""

    name: KubernetesName = Field(description="Name of the container.")
    image: Image = Field(description="Image, with a tag or digest.")
    command: tuple[str, ...] = Field(default=(), description="Program. Default: the image's.")
    args: tuple[str, ...] = Field(default=(), description="Arguments of the program. Default: the image's.")
    env: dict[VariableName, str] = Field(default={}, description="Environment variables. Default: none.")
    secret_env: dict[VariableName, SecretVariable] = Field(
        default={}, description="Environment variables from secrets. Default: none."
    )
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="10m", memory="32Mi"), limits=ResourceAmounts(memory="128Mi")),
        description="Default: requests 10m CPU and 32Mi, limit 128Mi of memory.",
    )


class Probe(Settings):
    """A check of a container: an HTTP path, a command, or else whether a port takes connections."""

    path: UrlPath | None = Field(default=None, description="Path that answers 200 to 399 over HTTP. Default: unset.")
    command: tuple[str, ...] = Field(default=(), description="Program that ends with 0. Default: unset.")
    port: PortName | None = Field(default=None, description="Name of the port. Default: the first of ports.")
    initial_delay_seconds: int = Field(default=0, ge=0, le=3600, description="Wait before the first check. Default: 0.")
    period_seconds: int = Field(default=10, ge=1, le=3600, description="How often it is checked. Default: 10.")
    timeout_seconds: int = Field(default=2, ge=1, le=300, description="How long an answer may take. Default: 2.")
    failure_threshold: int = Field(default=3, ge=1, le=1000, description="Failures in a row that count. Default: 3.")

    def problems(self) -> Iterator[Problem]:
        """Yield two checks in one."""
        if self.command and (self.path is not None or self.port is not None):
            yield Problem(("command",), "is a check by itself; give either command, or path and port")


class Probes(Settings):
    """When a replica gets requests, and when its container is started anew."""

    startup: Probe | None = Field(
        default=None, description="Until it succeeds, the others wait; for slow starts. Default: none."
    )
    readiness: Probe | None = Field(
        default=None, description="While it fails, the replica gets no requests. Default: none."
    )
    liveness: Probe | None = Field(default=None, description="When it fails, the container restarts. Default: none.")


class Security(Settings):
    """As whom the containers run, and which Pod Security Standard they fit."""

    pod_security: Literal["restricted", "baseline"] = Field(
        default="restricted",
        description="Pod Security Standard of the pods and, if no other workload there needs less, of the namespace. "
        "`baseline` is for images that must run as root. Default: restricted.",
    )
    run_as_user: User | None = Field(
        default=65532,
        description="User and group id of the processes; null takes the image's. Default: 65532, distroless' nonroot.",
    )
    fs_group: User = Field(default=65532, description="Group that volumes belong to. Default: 65532.")
    read_only_root_filesystem: bool = Field(
        default=True, description="Let containers write to their volumes and /tmp only. Default: true."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield root where the standard does not let it in."""
        if self.run_as_user == 0 and self.pod_security == "restricted":
            yield Problem(("run_as_user",), "0 is root, which needs pod_security baseline")


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
        default=(), description="Blocks that may use the load balancer. Default: whoever reaches it."
    )
    annotations: dict[AnnotationKey, str] = Field(default={}, description="Further annotations. Default: none.")

    def problems(self) -> Iterator[Problem]:
        """Yield what only a load balancer has."""
        if self.type == "ClusterIP":
            for name in ("scheme", "source_cidrs"):
                if name in self.model_fields_set:
                    yield Problem((name,), "goes with type LoadBalancer")


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
        default=(), description="Blocks that may use the load balancer. Default: whoever reaches it."
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


class PodMetric(Settings):
    """A metric of the pods that the Prometheus adapter serves."""

    name: Annotated[str, *text(r"[a-zA-Z_:][\w:]*", "the name of a metric")] = Field(
        description="Name under which the adapter serves it."
    )
    average_value: Quantity = Field(description="Value for each pod that is aimed at, e.g. 100 or 500m.")


class Autoscaling(Settings):
    """How many replicas there are, by load."""

    min_replicas: Replicas = Field(description="Fewest replicas.")
    max_replicas: Replicas = Field(description="Most replicas.")
    cpu_percent: Percent | None = Field(
        default=None, description="CPU use that is aimed at, in percent of what is requested. Default: unset."
    )
    metric: PodMetric | None = Field(default=None, description="A metric of the Prometheus adapter. Default: unset.")

    def problems(self) -> Iterator[Problem]:
        """Yield what the Kubernetes API refuses, and scaling by nothing."""
        if self.min_replicas > self.max_replicas:
            yield Problem(
                ("min_replicas",),
                f"{self.min_replicas} is above max_replicas {self.max_replicas}; raise that or lower this",
            )
        if self.cpu_percent is None and self.metric is None:
            yield Problem((), "scales by nothing; give cpu_percent or metric")


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
        description="Scrape the pods by a PodMonitor; beside a ServiceMonitor, each series comes twice, by two jobs. "
        "Default: false.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield an interval with gaps, and metrics that nothing scrapes."""
        if self.interval is not None and not 1 <= seconds_of(self.interval) <= 120:
            yield Problem(("interval",), f"{self.interval} is outside 1s to 2m: samples older than 5m are stale")
        if not self.service_monitor and not self.pod_monitor:
            yield Problem((), "are scraped by nothing; leave service_monitor on, or switch pod_monitor on")
        if not self.service_monitor and self.service_name is not None:
            yield Problem(("service_name",), "goes with service_monitor")


class WorkloadAlert(Settings):
    """An alert about the workload."""

    expr: Annotated[str, Field(min_length=1)] = Field(description="PromQL expression; each series of it is an alert.")
    for_duration: Duration = Field(
        default="5m", description="How long the expression must hold before anybody is told. Default: 5m."
    )
    severity: Literal["critical", "warning", "info"] = Field(
        default="warning", description="Severity, by which alerts are routed. Default: warning."
    )
    summary: Annotated[str, Field(min_length=1)] = Field(description="What is wrong, on one line; a Go template.")
    description: str | None = Field(default=None, description="What it means, and what to do. Default: none.")
    runbook_url: Url | None = Field(default=None, description="Page that says what to do. Default: none.")

    def problems(self) -> Iterator[Problem]:
        """Yield an expression that Prometheus refuses."""
        error = parse_error(self.expr)
        if error is not None:
            yield Problem(("expr",), f"is not PromQL: {error}")
