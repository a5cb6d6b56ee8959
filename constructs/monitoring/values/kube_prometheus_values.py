"""Values of the kube-prometheus-stack chart, composed from three sources; later ones win.

1. `values/kube-prometheus-stack.yaml`: what is the same everywhere
2. the settings of the environment: one function a concern, here and in the `*_values` modules of the components, and
   what its features contribute
3. the environment's overlays, which may not set what identity, discovery and storage rest on

Keys of the chart: https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config import versions
from config.monitoring.values_files import SHARED_VALUES_FILE, read_release_values, read_values
from constructs.helm.helm_values import Values, merged, verbatim
from constructs.monitoring.values.alertmanager_values import alertmanager_values
from constructs.monitoring.values.grafana_values import grafana_values
from constructs.monitoring.values.prometheus_values import prometheus_values
from constructs.monitoring.values.rule_values import rule_values
from constructs.monitoring.values.values_props import ServiceAccounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs.monitoring.values.values_props import ValuesProps


NODE_NAME: Values = {
    "sourceLabels": ["__meta_kubernetes_pod_node_name"],
    "targetLabel": "node",
    "action": "replace",
}


def compose_values(props: ValuesProps) -> Values:
    """Return the values of the release."""
    if props.settings.release_values_file is not None:
        return read_release_values(props.settings.release_values_file)
    accounts = ServiceAccounts(props.settings)
    return merged(
        read_values(SHARED_VALUES_FILE),
        _release_values(props),
        _label_values(props),
        _placement_values(props),
        _exporter_values(props),
        rule_values(props.settings, props.rules),
        prometheus_values(props, accounts.prometheus.name),
        alertmanager_values(props, accounts.alertmanager.name),
        grafana_values(props, accounts.grafana.name),
        *props.features.values,
        *(read_values(name) for name in props.settings.values_files),
    )


def _release_values(props: ValuesProps) -> Values:
    """Name everything after the release, and take every image from the mirror if there is one."""
    settings = props.settings
    shared: Values = {"imagePullSecrets": [{"name": name} for name in settings.image_pull_secrets]}
    if settings.image_registry is not None:
        shared["imageRegistry"] = settings.image_registry
    return {
        "fullnameOverride": settings.release_name,
        "crds": {"upgradeJob": {"image": {"busybox": {"tag": versions.BUSYBOX}}}},
        "global": shared,
        "extraManifests": [*map(verbatim, settings.extra_manifests), *props.features.manifests],
    }


def _label_values(props: ValuesProps) -> Values:
    """Label every object of the release; `commonLabels` does not reach the subcharts."""
    settings = props.settings
    key, value = settings.monitor_label.key, settings.monitor_label.value
    # The chart labels everything with `release` itself; a second one would end up in immutable selectors.
    label: Values = {} if key == "release" else {key: value}
    tags: Values = dict(props.labels)
    return {
        "commonLabels": {**tags, **label},
        "kube-state-metrics": {"customLabels": tags, "prometheus": {"monitor": {"additionalLabels": label}}},
        "prometheus-node-exporter": {"commonLabels": tags, "prometheus": {"monitor": {"additionalLabels": label}}},
        "grafana": {"extraLabels": tags, "serviceMonitor": {"labels": label}},
    }


def _placement_values(props: ValuesProps) -> Values:
    """Put every pod on the chosen nodes, but node-exporter's: those run everywhere."""
    pod = props.settings.placement.values()
    if not pod:
        return {}
    return {
        "prometheus": {"prometheusSpec": pod},
        "alertmanager": {"alertmanagerSpec": pod},
        "prometheusOperator": {**pod, "admissionWebhooks": {"patch": pod}},
        "crds": {"upgradeJob": pod},
        "grafana": pod,
        "kube-state-metrics": pod,
    }


def _exporter_values(props: ValuesProps) -> Values:
    node_exporter, state_metrics = props.settings.node_exporter, props.settings.kube_state_metrics
    return {
        "prometheus-node-exporter": {
            "resources": node_exporter.resources.values(),
            # Alerts and dashboards then name the node, not the address of a pod.
            "prometheus": {"monitor": {"relabelings": [NODE_NAME]}},
        },
        "kube-state-metrics": {
            "resources": state_metrics.resources.values(),
            "metricLabelsAllowlist": [
                # By this label a claim is left out of the alerts about volumes.
                *(
                    ["persistentvolumeclaims=[excluded_from_alerts]"]
                    if not _lists_claims(state_metrics.metric_labels_allow_list)
                    else []
                ),
                *state_metrics.metric_labels_allow_list,
            ],
        },
    }


def _lists_claims(allow_list: Sequence[str]) -> bool:
    return any(item.startswith("persistentvolumeclaims=") for item in allow_list)
