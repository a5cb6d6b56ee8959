"""Settings of the kube-prom-stack stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from config.core.resources import Placement
from config.core.settings import Problem, Settings, unique
from config.core.types import KubernetesName, find_duplicates
from config.monitoring.alerting.alert_rules import AlertRulesSettings
from config.monitoring.alerting.alertmanager import AlertmanagerSettings
from config.monitoring.chart_release import ReleaseSettings
from config.monitoring.discovery import MonitorLabel, NamespaceLabel
from config.monitoring.grafana.grafana import AdminSecret, GrafanaSettings
from config.monitoring.managed.managed_grafana import ManagedGrafanaSettings
from config.monitoring.managed.managed_prometheus import ManagedPrometheusSettings
from config.monitoring.prometheus.prometheus import PrometheusSettings
from config.monitoring.targets.exporters import KubeStateMetricsSettings, NodeExporterSettings
from config.monitoring.targets.probes import ProbesSettings
from config.monitoring.targets.services import IstioSettings, MonitoredService
from config.monitoring.thanos.thanos import ThanosSettings
from config.monitoring.values.own_manifests import problems_of_manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

# Value keys of the chart, by the names of the components.
ControlPlaneComponent = Literal["etcd", "kube-controller-manager", "kube-proxy", "kube-scheduler"]


class NetworkPolicySettings(Settings):
    """NetworkPolicies of Prometheus and Alertmanager; the cluster's network has to enforce them."""

    enabled: bool = Field(
        default=False, description="Let in the release's namespace only, and those listed. Default: false."
    )
    namespaces: tuple[KubernetesName, ...] = Field(
        default=(), description="Other namespaces whose pods are let in. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield namespaces that are let in anyway."""
        if self.namespaces and not self.enabled:
            yield Problem(("namespaces",), "has no effect while enabled is false")


class KubePromStackSettings(ReleaseSettings):
    """The kube-prometheus-stack release and what it needs around it."""

    storage_class_name: KubernetesName | None = Field(
        default=None,
        description="StorageClass of all volumes. Default: the csi-addon's; without that stack, the cluster's default.",
    )
    control_plane_components: tuple[ControlPlaneComponent, ...] = Field(
        default=(),
        description="Components of the control plane whose own metrics are within reach. Default: none, as on EKS.",
    )
    service_type: Literal["ClusterIP", "LoadBalancer"] = Field(
        default="ClusterIP",
        description="Type of the Services of Prometheus, Alertmanager and Grafana; LoadBalancer is for "
        "`minikube tunnel` and the like, never on EKS. Default: ClusterIP.",
    )
    monitor_label: MonitorLabel = Field(
        default=MonitorLabel(), description="What Prometheus selects objects by. Default: prometheus: main."
    )
    namespace_label: NamespaceLabel = Field(
        default=NamespaceLabel(), description="What it selects their namespaces by. Default: monitoring: prometheus."
    )
    monitored_namespaces: tuple[KubernetesName, ...] = Field(
        default=("kube-system",),
        description="Existing namespaces that get the namespace label, in addition to the release's. "
        "Default: kube-system.",
    )
    eks_control_plane_metrics: bool = Field(
        default=False,
        description="Scrape scheduler and controller-manager through EKS' metrics endpoint (Kubernetes 1.28 or newer), "
        "and alert about them. Default: false.",
    )
    placement: Placement = Field(default=Placement(), description="Nodes of the release's pods. Default: any.")
    priority_class: KubernetesName | None = Field(
        default=None,
        description="PriorityClass of the release's pods, e.g. system-cluster-critical, so that they are evicted last. "
        "Default: none.",
    )
    network_policies: NetworkPolicySettings = Field(
        default=NetworkPolicySettings(), description="Who reaches Prometheus and Alertmanager. Default: everyone."
    )
    prometheus: PrometheusSettings = Field(default=PrometheusSettings(), description="Prometheus.")
    alert_rules: AlertRulesSettings = Field(default=AlertRulesSettings(), description="Recording and alerting rules.")
    alertmanager: AlertmanagerSettings = Field(default=AlertmanagerSettings(), description="Alertmanager.")
    grafana: GrafanaSettings = Field(default=GrafanaSettings(), description="Grafana in the cluster.")
    node_exporter: NodeExporterSettings = Field(
        default=NodeExporterSettings(), description="node-exporter, which measures the nodes."
    )
    kube_state_metrics: KubeStateMetricsSettings = Field(
        default=KubeStateMetricsSettings(),
        description="kube-state-metrics, which exposes the state of Kubernetes objects.",
    )
    probes: ProbesSettings = Field(
        default=ProbesSettings(), description="Probes from inside the cluster. Default: none."
    )
    services: dict[KubernetesName, MonitoredService] = Field(
        default={}, description="Services whose metrics are scraped, by name. Default: none."
    )
    istio: IstioSettings = Field(default=IstioSettings(), description="An Istio mesh. Default: off.")
    thanos: ThanosSettings = Field(default=ThanosSettings(), description="Long-term storage. Default: off.")
    managed_prometheus: ManagedPrometheusSettings = Field(
        default=ManagedPrometheusSettings(), description="Amazon Managed Service for Prometheus. Default: off."
    )
    managed_grafana: ManagedGrafanaSettings = Field(
        default=ManagedGrafanaSettings(), description="Amazon Managed Grafana. Default: off."
    )

    @property
    def grafana_login(self) -> AdminSecret:
        """The secret with the administrator's login: the one that is named, or the one that the chart makes."""
        return self.grafana.admin_secret or AdminSecret(name=f"{self.release_name}-grafana")

    def uses_of_aws(self) -> list[Location]:
        """Return the settings that use AWS, as they are set."""
        uses: dict[Location, bool] = {
            ("thanos", "enabled"): self.thanos.uses_aws,
            ("managed_prometheus", "enabled"): self.managed_prometheus.enabled,
            ("managed_grafana", "enabled"): self.managed_grafana.enabled,
            ("alertmanager", "receivers"): self.alertmanager.uses_aws(),
            ("release_secrets",): self.release_secrets is not None,
            ("prometheus",): self.prometheus.uses_aws,
            ("grafana",): self.grafana.uses_aws,
        }
        return [location for location, is_set in uses.items() if is_set]

    def uses_without_role(self) -> list[Location]:
        """Return the settings that use AWS from outside the cluster."""
        return [("managed_grafana", "enabled"), ("release_secrets",)]

    def problems(self) -> Iterator[Problem]:
        """Yield settings that the chart would take and Kubernetes or Helm refuse."""
        yield from super().problems()
        # Every object of the chart has `release: <release>`, and the selectors of its Deployments rest on that.
        if self.monitor_label.key == "release" and self.monitor_label.value != self.release_name:
            yield Problem(
                ("monitor_label", "value"),
                f"{self.monitor_label.value} is not release_name {self.release_name}, which the chart gives this label",
            )
        for position in find_duplicates((self.namespace, *self.monitored_namespaces)):
            yield Problem(("monitored_namespaces", position - 1), "is labelled already")
        if (
            self.managed_grafana.enabled
            and "PROMETHEUS" in self.managed_grafana.data_sources
            and not self.managed_prometheus.enabled
        ):
            yield Problem(("managed_grafana", "data_sources"), "has PROMETHEUS, which needs managed_prometheus.enabled")
        label = (self.monitor_label.key, self.monitor_label.value)
        for problem in problems_of_manifests(self.extra_manifests, label, (self.namespace, *self.monitored_namespaces)):
            yield Problem(("extra_manifests", *problem.location), problem.message)
        yield from self._reach_problems()
        yield from self._ruler_problems()
        yield from unique("control_plane_components", self.control_plane_components)
        hidden_by_eks = {"kube-controller-manager", "kube-scheduler"} & set(self.control_plane_components)
        if self.eks_control_plane_metrics and hidden_by_eks:
            yield Problem(("eks_control_plane_metrics",), f"scrapes {', '.join(sorted(hidden_by_eks))} already")

    def _reach_problems(self) -> Iterator[Problem]:
        for name, service in self.services.items():
            if service.mutual_tls and not self.istio.enabled:
                yield Problem(("services", name, "mutual_tls"), "needs istio.enabled")
        for part, settings in (("prometheus", self.prometheus), ("alertmanager", self.alertmanager)):
            if self.network_policies.enabled and settings.ingress is not None:
                yield Problem((part, "ingress"), "is out of reach while network_policies lets in pods only")

    def _ruler_problems(self) -> Iterator[Problem]:
        """Yield rules that two would evaluate, and alert about."""
        others = {
            "alert_rules.files": self.alert_rules.files or (),
            "managed_prometheus.rule_files": self.managed_prometheus.rule_files,
        }
        for position, name in enumerate(self.thanos.ruler.rule_files):
            for setting, names in others.items():
                if name in names:
                    message = f"{name} is in {setting} too; each alert would be sent twice"
                    yield Problem(("thanos", "ruler", "rule_files", position), message)
