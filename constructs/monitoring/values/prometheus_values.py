"""Values of Prometheus: identity, discovery, storage, what it scrapes, and what leaves the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.monitoring.values.overlays import SELECTOR_PREFIXES
from constructs.helm.helm_values import Values, claim_template, verbatim
from constructs.kubernetes.shapes import role_annotation
from constructs.monitoring.discovery import namespace_selector, object_selector
from constructs.monitoring.values.load_balancer import protected_ingress

if TYPE_CHECKING:
    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from constructs.monitoring.values.values_props import ValuesProps

# The rules and dashboards of a component depend on the switch of its scrape.
COMPONENT_KEYS = {
    "etcd": "kubeEtcd",
    "kube-controller-manager": "kubeControllerManager",
    "kube-proxy": "kubeProxy",
    "kube-scheduler": "kubeScheduler",
}


def prometheus_values(props: ValuesProps, service_account: str) -> Values:
    """Return the values under `prometheus`, and the settings that they need elsewhere."""
    settings = props.settings.prometheus
    spec: Values = {
        **_selectors(props.settings),
        "replicas": settings.replicas,
        "podAntiAffinity": settings.pod_anti_affinity,
        "retention": settings.retention,
        # Units of Prometheus are powers of 1024 even where they are called MB.
        # https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects
        "retentionSize": f"{settings.retention_size_mib()}MB",
        "scrapeInterval": settings.scrape_interval,
        "resources": settings.resources.values(),
        "externalLabels": {**verbatim({**settings.external_labels}), "cluster": props.cluster_name},
        "storageSpec": claim_template(props.storage_class_name, settings.volume_gib),
        "remoteWrite": list(props.features.remote_write),
        "additionalScrapeConfigs": [*props.features.scrape_configs, *map(verbatim, settings.extra_scrape_configs)],
    }
    if props.query_features:
        spec["enableFeatures"] = [*props.query_features]
    if settings.url is not None:
        spec |= verbatim({"externalUrl": settings.url})
    mode: Values = {"agentMode": True} if settings.agent_mode else {}
    return {
        **_component_switches(props.settings),
        # The chart has intervals of its own here, whatever Prometheus' is.
        "kubelet": {
            "serviceMonitor": {
                "cAdvisorInterval": settings.scrape_interval,
                "resourceInterval": settings.scrape_interval,
            }
        },
        "prometheus": {
            **mode,
            "serviceAccount": {"create": True, "name": service_account, **role_annotation(props.roles.prometheus)},
            "service": {"type": props.settings.service_type},
            **protected_ingress(settings.ingress),
            # A budget over one replica would let no node be drained.
            "podDisruptionBudget": {"enabled": settings.replicas > 1},
            "prometheusSpec": spec,
        },
    }


def _selectors(settings: KubePromStackSettings) -> Values:
    selectors: Values = {}
    for kind in SELECTOR_PREFIXES:
        selectors[f"{kind}SelectorNilUsesHelmValues"] = False
        selectors[f"{kind}Selector"] = object_selector(settings)
        selectors[f"{kind}NamespaceSelector"] = namespace_selector(settings)
    return selectors


def _component_switches(settings: KubePromStackSettings) -> Values:
    """Scrape the components of the control plane that are within reach."""
    return {
        key: {"enabled": component in settings.control_plane_components} for component, key in COMPONENT_KEYS.items()
    }
