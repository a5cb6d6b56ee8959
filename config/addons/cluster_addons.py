"""Settings of the cluster-addons stack: what a cluster runs beside EKS' own add-ons, each by choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config import versions
from config.addons.adapter_metrics import CustomMetric, ExternalMetric, MetricName
from config.addons.addon import Addon
from config.addons.hosted_zones import HostedZone, duplicate_zones
from config.core.charts import ChartRepository, ChartVersion, PrefixedChartVersion, chart_repository, chart_version
from config.core.resources import Placement, ResourceAmounts, Resources
from config.core.secrets import SecretName
from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, find_duplicates, text
from config.monitoring.kube_prom_stack import ImageRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.settings import Location

Replicas = Annotated[int, Field(ge=1, le=10)]
# https://pkg.go.dev/time#ParseDuration, of which the autoscaler's flags need no more
GoDuration = Annotated[
    str, *text(r"(?!$)(?:\d+h)?(?:\d+m)?(?:\d+s)?", "a duration of hours, minutes and seconds like 10m")
]


def _resources(cpu: str, memory: str, limit: str) -> Resources:
    return Resources(requests=ResourceAmounts(cpu=cpu, memory=memory), limits=ResourceAmounts(memory=limit))


class ClusterAutoscalerSettings(Addon):
    """The cluster autoscaler: adds nodes for pods that do not fit, and removes nodes that are not needed."""

    RULES = ("cluster_autoscaler",)
    DASHBOARDS = ("cluster/cluster-autoscaler",)

    chart_version: ChartVersion = chart_version(versions.CLUSTER_AUTOSCALER)
    chart_repository: ChartRepository = chart_repository(versions.CLUSTER_AUTOSCALER)
    expander: Literal["least-waste", "least-nodes", "most-pods", "random"] = Field(
        default="least-waste",
        description="Which node group grows when several would do. Default: least-waste, which leaves the least idle.",
    )
    scale_down_unneeded_time: GoDuration = Field(
        default="10m", description="How long a node is not needed before it is removed. Default: 10m."
    )
    scale_down_utilization_threshold: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of a node's CPU and memory that is requested, below which it is not needed. Default: 0.5.",
    )
    skip_nodes_with_local_storage: bool = Field(
        default=False,
        description="Never remove a node with pods that use emptyDir or hostPath. Default: false.",
    )
    resources: Resources = Field(
        default=_resources("50m", "256Mi", "600Mi"),
        description="Default: requests 50m CPU and 256Mi, limit 600Mi of memory.",
    )


class LoadBalancerControllerSettings(Addon):
    """The AWS load balancer controller: application load balancers for ingresses, network ones for services."""

    RULES = ("aws_load_balancer_controller",)

    chart_version: ChartVersion = chart_version(versions.AWS_LOAD_BALANCER_CONTROLLER)
    chart_repository: ChartRepository = chart_repository(versions.AWS_LOAD_BALANCER_CONTROLLER)
    ingress_class: KubernetesName = Field(default="alb", description="Name of the IngressClass. Default: alb.")
    is_default_ingress_class: bool = Field(
        default=False, description="Serve ingresses that name no class. Default: false."
    )
    serves_all_services: bool = Field(
        default=False,
        description="Give every new service of type LoadBalancer a network load balancer, by a webhook that no "
        "service is made without; else only those with loadBalancerClass service.k8s.aws/nlb. Default: false.",
    )
    waf: bool = Field(
        default=False,
        description="Attach the WAF web ACLs that ingresses name, with the permission for it. Default: false.",
    )
    shield: bool = Field(
        default=False,
        description="Protect load balancers whose ingresses ask for Shield Advanced, with the permission for it. "
        "Default: false.",
    )
    replicas: Replicas = Field(default=2, description="Replicas; one works, the others wait. Default: 2.")
    resources: Resources = Field(
        default=_resources("50m", "128Mi", "256Mi"),
        description="Default: requests 50m CPU and 128Mi, limit 256Mi of memory.",
    )


class MetricsServerSettings(Addon):
    """metrics-server: CPU and memory of pods and nodes, for `kubectl top` and autoscalers."""

    chart_version: ChartVersion = chart_version(versions.METRICS_SERVER)
    chart_repository: ChartRepository = chart_repository(versions.METRICS_SERVER)
    kubelet_insecure_tls: bool = Field(
        default=False,
        description="Accept kubelets with certificates of their own, as minikube's are. Default: false.",
    )
    replicas: Replicas = Field(default=1, description="Replicas, each measuring everything. Default: 1.")
    resources: Resources = Field(
        default=_resources("100m", "200Mi", "400Mi"),
        description="Default: requests 100m CPU and 200Mi, limit 400Mi of memory.",
    )


class PrometheusAdapterSettings(Addon):
    """The Prometheus adapter: metrics of Prometheus that autoscalers scale on."""

    chart_version: ChartVersion = chart_version(versions.PROMETHEUS_ADAPTER)
    chart_repository: ChartRepository = chart_repository(versions.PROMETHEUS_ADAPTER)
    custom_metrics: dict[MetricName, CustomMetric] = Field(
        default={}, description="Metrics of pods and other objects, by their name for autoscalers. Default: none."
    )
    external_metrics: dict[MetricName, ExternalMetric] = Field(
        default={}, description="Metrics of no object, by their name for autoscalers. Default: none."
    )
    replicas: Replicas = Field(default=1, description="Replicas; they keep no data. Default: 1.")
    resources: Resources = Field(
        default=_resources("50m", "128Mi", "512Mi"),
        description="Default: requests 50m CPU and 128Mi, limit 512Mi of memory.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield an adapter that would serve nothing."""
        if self.enabled and not self.custom_metrics and not self.external_metrics:
            yield Problem((), "is enabled without custom_metrics or external_metrics; there is nothing to scale on")


class ExternalDnsSettings(Addon):
    """external-dns: records in Route 53 for the hosts of ingresses and services."""

    RULES = ("external_dns",)

    chart_version: ChartVersion = chart_version(versions.EXTERNAL_DNS)
    chart_repository: ChartRepository = chart_repository(versions.EXTERNAL_DNS)
    zones: tuple[HostedZone, ...] = Field(
        default=(), description="Hosted zones whose records it may change, and no others. Default: none."
    )
    policy: Literal["upsert-only", "sync"] = Field(
        default="upsert-only",
        description="`sync` also deletes records of what is gone; only those that it made. Default: upsert-only.",
    )
    resources: Resources = Field(
        default=_resources("10m", "64Mi", "256Mi"),
        description="Default: requests 10m CPU and 64Mi, limit 256Mi of memory.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield that there is nothing to write records into, or a zone twice."""
        if self.enabled and not self.zones:
            yield Problem(("zones",), "is empty; name the hosted zones whose records it may change")
        yield from duplicate_zones("zones", self.zones)


class CertManagerSettings(Addon):
    """cert-manager with its CRDs: certificates for ingresses and services inside the cluster."""

    RULES = ("cert_manager",)

    chart_version: PrefixedChartVersion = chart_version(versions.CERT_MANAGER, "the chart, with its v")
    chart_repository: ChartRepository = chart_repository(versions.CERT_MANAGER)
    dns01_zones: tuple[HostedZone, ...] = Field(
        default=(),
        description="Hosted zones in which it may answer DNS01 challenges. Default: none, and no permission.",
    )
    resources: Resources = Field(
        default=_resources("10m", "64Mi", "256Mi"),
        description="Of each of its three parts. Default: requests 10m CPU and 64Mi, limit 256Mi of memory.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a zone that is listed twice."""
        yield from duplicate_zones("dns01_zones", self.dns01_zones)


class ClusterAddonsSettings(Settings):
    """Add-ons of the cluster, installed by Helm and watched by Prometheus; nothing is on by default."""

    identity: Literal["irsa", "pod-identity"] = Field(
        default="irsa",
        description="How add-ons get their IAM roles: `irsa` by the cluster's OIDC provider, `pod-identity` by the EKS "
        "Pod Identity agent, which an existing cluster must have. Default: irsa.",
    )
    image_registry: ImageRegistry | None = Field(
        default=None,
        description="Registry that replaces every image's own, for mirrors. Default: the images' own.",
    )
    image_pull_secrets: tuple[SecretName, ...] = Field(
        default=(),
        description="Kubernetes secrets that pull images, in kube-system and, for cert-manager, in its namespace. "
        "Default: none.",
    )
    placement: Placement = Field(default=Placement(), description="Nodes of the add-ons' pods. Default: any.")
    timeout_seconds: int = Field(
        default=600, ge=60, le=3600, description="How long Helm waits for a release to be ready. Default: 600."
    )
    cluster_autoscaler: ClusterAutoscalerSettings = Field(
        default=ClusterAutoscalerSettings(), description="Cluster autoscaler. Default: off."
    )
    aws_load_balancer_controller: LoadBalancerControllerSettings = Field(
        default=LoadBalancerControllerSettings(), description="AWS load balancer controller. Default: off."
    )
    metrics_server: MetricsServerSettings = Field(
        default=MetricsServerSettings(), description="metrics-server. Default: off."
    )
    prometheus_adapter: PrometheusAdapterSettings = Field(
        default=PrometheusAdapterSettings(), description="Prometheus adapter. Default: off."
    )
    external_dns: ExternalDnsSettings = Field(default=ExternalDnsSettings(), description="external-dns. Default: off.")
    cert_manager: CertManagerSettings = Field(default=CertManagerSettings(), description="cert-manager. Default: off.")

    @property
    def enabled(self) -> tuple[str, ...]:
        """The add-ons that are on, by the names of their settings, sorted."""
        addons = {
            "aws_load_balancer_controller": self.aws_load_balancer_controller.enabled,
            "cert_manager": self.cert_manager.enabled,
            "cluster_autoscaler": self.cluster_autoscaler.enabled,
            "external_dns": self.external_dns.enabled,
            "metrics_server": self.metrics_server.enabled,
            "prometheus_adapter": self.prometheus_adapter.enabled,
        }
        return tuple(name for name, is_on in addons.items() if is_on)

    def uses_of_aws(self) -> Iterator[Location]:
        """Yield the locations of what needs an IAM role."""
        for name in ("cluster_autoscaler", "aws_load_balancer_controller", "external_dns"):
            if name in self.enabled:
                yield name, "enabled"
        if self.cert_manager.enabled and self.cert_manager.dns01_zones:
            yield "cert_manager", "dns01_zones"

    def uses_of_route53(self) -> Iterator[Location]:
        """Yield the locations of what changes records."""
        yield from (use for use in self.uses_of_aws() if use[0] in ("external_dns", "cert_manager"))

    def problems(self) -> Iterator[Problem]:
        """Yield a pull secret that is listed twice."""
        for position in find_duplicates(self.image_pull_secrets):
            yield Problem(("image_pull_secrets", position), f"{self.image_pull_secrets[position]} is listed twice")
