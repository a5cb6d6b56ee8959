"""Settings of the cluster-addons stack: what a cluster runs in addition to EKS' own add-ons, each optional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from config.addons.addon import Addon, off
from config.addons.cert_manager import CertManagerSettings
from config.addons.cluster_autoscaler import ClusterAutoscalerSettings
from config.addons.external_dns import ExternalDnsSettings
from config.addons.karpenter.karpenter import KarpenterSettings
from config.addons.load_balancer_controller import LoadBalancerControllerSettings
from config.addons.metrics_server import MetricsServerSettings
from config.addons.nvidia_device_plugin import NvidiaDevicePluginSettings
from config.addons.prometheus_adapter import PrometheusAdapterSettings
from config.addons.velero import VeleroSettings
from config.core.chart_settings import ImageRegistry
from config.core.resources import Placement
from config.core.secret_references import SecretName
from config.core.settings import Problem, Settings, unique

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        description="Kubernetes secrets that pull images, in kube-system and the add-ons' own namespaces. "
        "Default: none.",
    )
    placement: Placement = Field(default=Placement(), description="Nodes of the add-ons' pods. Default: any.")
    timeout_seconds: int = Field(
        default=600, ge=60, le=3600, description="How long Helm waits for a release to be ready. Default: 600."
    )
    cluster_autoscaler: ClusterAutoscalerSettings = off(ClusterAutoscalerSettings)
    karpenter: KarpenterSettings = off(KarpenterSettings)
    aws_load_balancer_controller: LoadBalancerControllerSettings = off(LoadBalancerControllerSettings)
    metrics_server: MetricsServerSettings = off(MetricsServerSettings)
    prometheus_adapter: PrometheusAdapterSettings = off(PrometheusAdapterSettings)
    external_dns: ExternalDnsSettings = off(ExternalDnsSettings)
    cert_manager: CertManagerSettings = off(CertManagerSettings)
    nvidia_device_plugin: NvidiaDevicePluginSettings = off(NvidiaDevicePluginSettings)
    velero: VeleroSettings = off(VeleroSettings)

    @property
    def installed(self) -> dict[str, Addon]:
        """The add-ons that are on by the names of their settings, in the order of the fields."""
        return {name: section for name, section in self if isinstance(section, Addon) and section.enabled}

    @property
    def enabled(self) -> tuple[str, ...]:
        """The add-ons that are on, by the names of their settings, sorted."""
        return tuple(sorted(self.installed))

    def problems(self) -> Iterator[Problem]:
        """Yield a pull secret that is listed twice."""
        yield from unique("image_pull_secrets", self.image_pull_secrets)
