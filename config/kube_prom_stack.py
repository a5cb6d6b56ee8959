"""Settings of the kube-prom-stack stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config import versions
from config.settings import Problem, Settings
from config.types import Duration, KubernetesName, LabelKey, LabelValue, Quantity, text

if TYPE_CHECKING:
    from collections.abc import Iterator

VolumeGib = Annotated[int, Field(ge=1, le=65536)]
ChartVersion = Annotated[
    str, *text(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?", "an exact chart version like 88.5.3, in quotes")
]
# A Helm repository, or an OCI registry: https://helm.sh/docs/topics/registries/
ChartRepository = Annotated[str, *text(r"(?:https?|oci)://[^\s]+", "a chart repository: https://… or oci://…")]
ImageRegistry = Annotated[
    str,
    *text(
        r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._/-]*[a-z0-9])?",
        "an image registry: a host, optional port and path",
    ),
]
VALUES_FILE_PATTERN: Final = r"(?!/)(?!.*\.\.)[\w./-]+\.ya?ml"
ValuesFile = Annotated[str, *text(VALUES_FILE_PATTERN, "a YAML file below values/, as a relative path")]


def _decided_by(setting: str) -> str:
    return f"is decided by kube_prom_stack.{setting}; change it there"


_MONITORS = _decided_by("monitor_label")
_NAMESPACES = _decided_by("namespace_label")
_IDENTITY = "is fixed: the IAM role of Prometheus trusts a service account of that name"
_SELECTED_KINDS = ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig")
_SPEC = "prometheus.prometheusSpec"

# Values that a file may not set, because the role annotation, the selectors or the storage rest on them.
# Keys of chart 88.5.3: https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
OWNED_VALUES: Final = {
    "fullnameOverride": _IDENTITY,
    "nameOverride": _IDENTITY,
    "namespaceOverride": _decided_by("namespace"),
    "prometheus.serviceAccount": _IDENTITY,
    "commonLabels": _MONITORS,
    "kube-state-metrics.prometheus.monitor.additionalLabels": _MONITORS,
    "prometheus-node-exporter.prometheus.monitor.additionalLabels": _MONITORS,
    "grafana.serviceMonitor.labels": _MONITORS,
    **{f"{_SPEC}.{kind}Selector": _MONITORS for kind in _SELECTED_KINDS},
    **{f"{_SPEC}.{kind}SelectorNilUsesHelmValues": _MONITORS for kind in _SELECTED_KINDS},
    **{f"{_SPEC}.{kind}NamespaceSelector": _NAMESPACES for kind in _SELECTED_KINDS},
    f"{_SPEC}.storageSpec": _decided_by("prometheus.volume_gib"),
    f"{_SPEC}.thanos": _decided_by("thanos.enabled"),
    "alertmanager.alertmanagerSpec.storage": _decided_by("alertmanager.volume_gib"),
    "grafana.persistence": _decided_by("grafana.volume_gib"),
    "global.imageRegistry": _decided_by("image_registry"),
}


class ResourceAmounts(Settings):
    """CPU and memory."""

    cpu: Quantity | None = Field(default=None, description="CPU, e.g. 500m. Default: unset.")
    memory: Quantity | None = Field(default=None, description="Memory, e.g. 512Mi. Default: unset.")


class Resources(Settings):
    """What a container asks for and what it may use at most."""

    requests: ResourceAmounts = Field(default=ResourceAmounts(), description="What the scheduler reserves.")
    limits: ResourceAmounts = Field(default=ResourceAmounts(), description="What the container may use at most.")


class PrometheusSettings(Settings):
    """Prometheus: how much it keeps, where and how many."""

    replicas: int = Field(default=1, ge=1, le=10, description="Replicas, each with all the data. Default: 1.")
    retention: Duration = Field(default="10d", description="How long samples are kept. Default: 10d.")
    volume_gib: VolumeGib = Field(default=20, description="Volume of each replica in GiB. Default: 20.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="200m", memory="1Gi"), limits=ResourceAmounts(memory="2Gi")),
        description="Default: requests 200m CPU and 1Gi, limit 2Gi of memory.",
    )


class AlertmanagerSettings(Settings):
    """Alertmanager: replicas, what it remembers and where."""

    replicas: int = Field(default=1, ge=1, le=9, description="Replicas, which form a cluster. Default: 1.")
    retention: Duration = Field(
        default="120h", description="How long silences and notifications are kept. Default: 120h."
    )
    volume_gib: VolumeGib = Field(default=2, description="Volume of each replica in GiB. Default: 2.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="20m", memory="64Mi"), limits=ResourceAmounts(memory="128Mi")),
        description="Default: requests 20m CPU and 64Mi, limit 128Mi of memory.",
    )


class GrafanaSettings(Settings):
    """Grafana."""

    enabled: bool = Field(default=True, description="Install Grafana. Default: true.")
    volume_gib: VolumeGib = Field(default=5, description="Volume in GiB. Default: 5.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="100m", memory="256Mi"), limits=ResourceAmounts(memory="512Mi")),
        description="Default: requests 100m CPU and 256Mi, limit 512Mi of memory.",
    )


class MonitorLabel(Settings):
    """The label by which Prometheus selects monitors, probes, rules and scrape configurations."""

    key: LabelKey = Field(default="prometheus", description="Default: prometheus.")
    value: LabelValue = Field(default="main", min_length=1, description="Default: main.")


class NamespaceLabel(Settings):
    """The label of the namespaces in which Prometheus looks for them."""

    key: LabelKey = Field(default="monitoring", description="Default: monitoring.")
    value: LabelValue = Field(default="prometheus", min_length=1, description="Default: prometheus.")


class ThanosSettings(Settings):
    """Long-term storage: a Thanos sidecar that ships blocks to an S3 bucket of its own."""

    enabled: bool = Field(default=False, description="Create the bucket and run the sidecar. Default: false.")


class KubePromStackSettings(Settings):
    """The kube-prometheus-stack release and what it needs around it."""

    chart_version: ChartVersion = Field(
        default=versions.KUBE_PROMETHEUS_STACK.version,
        description=f"Version of the chart. Default: {versions.KUBE_PROMETHEUS_STACK.version}.",
    )
    chart_repository: ChartRepository = Field(
        default=versions.KUBE_PROMETHEUS_STACK.repository,
        description=f"Repository of the chart, https:// or oci://. Default: {versions.KUBE_PROMETHEUS_STACK.repository}.",
    )
    image_registry: ImageRegistry | None = Field(
        default=None,
        description="Registry that replaces every image's own, for mirrors. Default: the images' own.",
    )
    namespace: KubernetesName = Field(
        default="monitoring", description="Namespace of the release. Default: monitoring."
    )
    timeout_seconds: int = Field(
        default=900,
        ge=60,
        le=3600,
        description="How long Helm waits for the release to be ready. Default: 900.",
    )
    values_files: tuple[ValuesFile, ...] = Field(
        default=(), description="Overlays below values/, the last one wins. Default: none."
    )
    monitor_label: MonitorLabel = Field(default=MonitorLabel(), description="Default: prometheus: main.")
    namespace_label: NamespaceLabel = Field(default=NamespaceLabel(), description="Default: monitoring: prometheus.")
    prometheus: PrometheusSettings = Field(default=PrometheusSettings(), description="Prometheus.")
    alertmanager: AlertmanagerSettings = Field(default=AlertmanagerSettings(), description="Alertmanager.")
    grafana: GrafanaSettings = Field(default=GrafanaSettings(), description="Grafana.")
    thanos: ThanosSettings = Field(default=ThanosSettings(), description="Long-term storage. Default: off.")

    def problems(self) -> Iterator[Problem]:
        """Yield settings that the chart would take and Kubernetes or Helm refuse."""
        if self.namespace in ("default", "kube-system", "kube-public", "kube-node-lease"):
            yield Problem(("namespace",), f"{self.namespace} exists in every cluster; the release needs one of its own")
