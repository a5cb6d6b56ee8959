"""Values of Prometheus: identity, discovery, storage, what leaves the cluster, and what EKS lets it scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.helm.helm_values import Values, claim_template, merged, role_annotation, verbatim
from constructs.monitoring.discovery import namespace_selector, object_selector

if TYPE_CHECKING:
    from pydantic import JsonValue

    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from constructs.monitoring.values.values_props import ValuesProps

# An upload reads a block of two hours once; its index header is built in memory.
SIDECAR_RESOURCES: Values = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}}
SELECTED_KINDS = ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig")
OBJECT_STORE_KEY = "objstore.yml"
# Job names of the chart's rules and dashboards, and the path of each on EKS' metrics endpoint.
# https://docs.aws.amazon.com/eks/latest/userguide/view-raw-metrics.html
CONTROL_PLANE_JOBS = {
    "kube-scheduler": "/apis/metrics.eks.amazonaws.com/v1/ksh/container/metrics",
    "kube-controller-manager": "/apis/metrics.eks.amazonaws.com/v1/kcm/container/metrics",
}
# The rules and dashboards of a component come and go with the switch of its scrape.
COMPONENT_KEYS = {
    "etcd": "kubeEtcd",
    "kube-controller-manager": "kubeControllerManager",
    "kube-proxy": "kubeProxy",
    "kube-scheduler": "kubeScheduler",
}
TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a folder in the container)


def prometheus_values(props: ValuesProps, service_account: str) -> Values:
    """Return the values under `prometheus`, and what must be said beside them."""
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
        "remoteWrite": list(props.remote_write),
        "additionalScrapeConfigs": [verbatim(config) for config in settings.extra_scrape_configs],
    }
    if settings.external_url is not None:
        spec |= verbatim({"externalUrl": settings.external_url})
    values: Values = {
        "prometheus": {
            "serviceAccount": {"create": True, "name": service_account, **role_annotation(props.roles.prometheus)},
            "service": {"type": props.settings.service_type},
            # A budget over one replica would let no node be drained.
            "podDisruptionBudget": {"enabled": settings.replicas > 1},
            "prometheusSpec": spec,
        }
    }
    return merged(values, _thanos_values(props), _control_plane_values(props.settings))


def _selectors(settings: KubePromStackSettings) -> Values:
    selectors: Values = {}
    for kind in SELECTED_KINDS:
        selectors[f"{kind}SelectorNilUsesHelmValues"] = False
        selectors[f"{kind}Selector"] = object_selector(settings)
        selectors[f"{kind}NamespaceSelector"] = namespace_selector(settings)
    return selectors


def _thanos_values(props: ValuesProps) -> Values:
    if props.object_store_secret is None:
        return {}
    secret: Values = {"name": props.object_store_secret, "key": OBJECT_STORE_KEY}
    return {
        "prometheus": {
            "thanosService": {"enabled": True},
            "thanosServiceMonitor": {"enabled": True},
            "prometheusSpec": {
                "thanos": {"objectStorageConfig": {"existingSecret": secret}, "resources": SIDECAR_RESOURCES}
            },
        }
    }


def _control_plane_values(settings: KubePromStackSettings) -> Values:
    """Scrape scheduler and controller-manager where EKS shows them, with the rules and dashboards of the chart.

    Static targets: by discovery there would be one for each address of the API server, all with the same samples.
    """
    switches: Values = {
        key: {"enabled": component in settings.control_plane_components} for component, key in COMPONENT_KEYS.items()
    }
    if not settings.eks_control_plane_metrics:
        return switches
    component: Values = {"enabled": True, "service": {"enabled": False}, "serviceMonitor": {"enabled": False}}
    own_jobs: list[JsonValue] = [_control_plane_job(name, path) for name, path in CONTROL_PLANE_JOBS.items()]
    return {
        **switches,
        "kubeScheduler": component,
        "kubeControllerManager": component,
        "prometheus": {
            "additionalRulesForClusterRole": [
                {
                    "apiGroups": ["metrics.eks.amazonaws.com"],
                    "resources": ["kcm/metrics", "ksh/metrics"],
                    "verbs": ["get"],
                }
            ],
            "prometheusSpec": {
                "additionalScrapeConfigs": [*own_jobs, *map(verbatim, settings.prometheus.extra_scrape_configs)]
            },
        },
    }


def _control_plane_job(name: str, path: str) -> JsonValue:
    return {
        "job_name": name,
        "scheme": "https",
        "metrics_path": path,
        "authorization": {"type": "Bearer", "credentials_file": f"{TOKEN_FOLDER}/token"},
        "tls_config": {"ca_file": f"{TOKEN_FOLDER}/ca.crt"},
        "static_configs": [{"targets": ["kubernetes.default.svc:443"]}],
    }
