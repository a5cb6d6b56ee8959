"""Values of the kube-prometheus-stack chart, composed from three sources; later ones win.

1. `values/kube-prometheus-stack.yaml`: what is the same everywhere
2. the settings of the environment: one small function a concern below
3. the environment's overlays, which may not set what identity, discovery and storage rest on

Keys of chart 88.5.3: https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.values_files import read_values
from constructs.irsa_role import ServiceAccount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from config.kube_prom_stack import KubePromStackSettings, Resources

Values = dict[str, "JsonValue"]

SHARED_VALUES = "kube-prometheus-stack.yaml"
RELEASE_NAME = "kube-prometheus-stack"
SELECTED_KINDS = ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig")
OBJECT_STORE_KEY = "objstore.yml"


def prometheus_service_account(namespace: str) -> ServiceAccount:
    """Return the service account of Prometheus, and of the Thanos sidecar beside it."""
    return ServiceAccount(namespace=namespace, name=f"{RELEASE_NAME}-prometheus")


@dataclass(frozen=True, kw_only=True)
class ValuesProps:
    """What the values need beside the settings; None leaves the feature out."""

    cluster_name: str
    labels: Mapping[str, str]
    storage_class_name: str
    prometheus_role_arn: str | None
    object_store_secret: str | None
    settings: KubePromStackSettings


def compose_values(props: ValuesProps) -> Values:
    """Return the values of the release; text from files is escaped so that Terraform leaves `${…}` alone."""
    values = _escaped(read_values(SHARED_VALUES))
    for part in (
        _global_values(props),
        _label_values(props),
        _prometheus_values(props),
        _thanos_values(props),
        _alertmanager_values(props),
        _grafana_values(props),
        *(_escaped(read_values(name)) for name in props.settings.values_files),
    ):
        values = _merged(values, part)
    return values


def _global_values(props: ValuesProps) -> Values:
    registry = props.settings.image_registry
    return {} if registry is None else {"global": {"imageRegistry": registry}}


def _label_values(props: ValuesProps) -> Values:
    """Label every monitor and rule of the release; `commonLabels` does not reach the subcharts."""
    label: dict[str, JsonValue] = {props.settings.monitor_label.key: props.settings.monitor_label.value}
    return {
        "commonLabels": {**props.labels, **label},
        "kube-state-metrics": {"prometheus": {"monitor": {"additionalLabels": label}}},
        "prometheus-node-exporter": {"prometheus": {"monitor": {"additionalLabels": label}}},
        "grafana": {"serviceMonitor": {"labels": label}},
    }


def _prometheus_values(props: ValuesProps) -> Values:
    settings = props.settings.prometheus
    account: Values = {"create": True, "name": prometheus_service_account(props.settings.namespace).name}
    if props.prometheus_role_arn is not None:
        account["annotations"] = {"eks.amazonaws.com/role-arn": props.prometheus_role_arn}
    return {
        "prometheus": {
            "serviceAccount": account,
            "prometheusSpec": {
                **_selectors(props.settings),
                "replicas": settings.replicas,
                "retention": settings.retention,
                "resources": _resources(settings.resources),
                "externalLabels": {"cluster": props.cluster_name},
                "storageSpec": _claim_template(props.storage_class_name, settings.volume_gib),
            },
        }
    }


def _selectors(settings: KubePromStackSettings) -> Values:
    objects: Values = {"matchLabels": {settings.monitor_label.key: settings.monitor_label.value}}
    namespaces: Values = {"matchLabels": {settings.namespace_label.key: settings.namespace_label.value}}
    selectors: Values = {}
    for kind in SELECTED_KINDS:
        selectors[f"{kind}SelectorNilUsesHelmValues"] = False
        selectors[f"{kind}Selector"] = objects
        selectors[f"{kind}NamespaceSelector"] = namespaces
    return selectors


def _thanos_values(props: ValuesProps) -> Values:
    if props.object_store_secret is None:
        return {}
    secret: Values = {"name": props.object_store_secret, "key": OBJECT_STORE_KEY}
    return {
        "prometheus": {
            "thanosService": {"enabled": True},
            "thanosServiceMonitor": {"enabled": True},
            "prometheusSpec": {"thanos": {"objectStorageConfig": {"existingSecret": secret}}},
        }
    }


def _alertmanager_values(props: ValuesProps) -> Values:
    settings = props.settings.alertmanager
    return {
        "alertmanager": {
            "alertmanagerSpec": {
                "replicas": settings.replicas,
                "retention": settings.retention,
                "resources": _resources(settings.resources),
                "storage": _claim_template(props.storage_class_name, settings.volume_gib),
            }
        }
    }


def _grafana_values(props: ValuesProps) -> Values:
    settings = props.settings.grafana
    if not settings.enabled:
        return {"grafana": {"enabled": False}}
    return {
        "grafana": {
            "resources": _resources(settings.resources),
            "persistence": {
                "enabled": True,
                "type": "pvc",
                "storageClassName": props.storage_class_name,
                "accessModes": ["ReadWriteOnce"],
                "size": f"{settings.volume_gib}Gi",
            },
            # A second pod could not attach the volume while the first one has it.
            "deploymentStrategy": {"type": "Recreate"},
        }
    }


def _claim_template(storage_class_name: str, volume_gib: int) -> Values:
    spec: Values = {
        "storageClassName": storage_class_name,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{volume_gib}Gi"}},
    }
    return {"volumeClaimTemplate": {"spec": spec}}


def _resources(resources: Resources) -> Values:
    return resources.model_dump(mode="json", exclude_none=True)


def _merged(base: Values, over: Values) -> Values:
    """Merge mappings key by key, as Helm does with several values files; anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _escaped(values: JsonValue) -> Values:
    escaped = _escape(values)
    assert isinstance(escaped, dict)  # noqa: S101 (read_values returns a mapping)
    return escaped


def _escape(value: JsonValue) -> JsonValue:
    """Double the first character of Terraform's template sequences in every text."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [_escape(item) for item in value]
    if isinstance(value, dict):
        return {key: _escape(item) for key, item in value.items()}
    return value
