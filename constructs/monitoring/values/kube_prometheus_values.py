"""Values of the kube-prometheus-stack chart, composed from three sources; later ones win, and lists are added up.

1. `values/kube-prometheus-stack.yaml`: what is the same everywhere
2. the settings of the environment: one function a concern, here and in the `*_values` modules of the components, and
   what its features contribute
3. the environment's overlays, which may not set what identity, discovery and storage rest on

Keys of the chart: https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config import versions
from config.monitoring.values.values_files import SHARED_VALUES_FILE, read_release_values, read_values, values_error
from constructs.helm.helm_values import Values, merged, verbatim
from constructs.kubernetes.shapes import pull_secrets
from constructs.monitoring.alerting.alertmanager_values import alertmanager_values
from constructs.monitoring.values.grafana_values import grafana_values
from constructs.monitoring.values.prometheus_values import prometheus_values
from constructs.monitoring.values.rule_values import rule_values
from constructs.monitoring.values.user_values import UserValues, merged_allow_lists
from constructs.monitoring.values.values_props import ServiceAccounts

if TYPE_CHECKING:
    from pydantic import JsonValue

    from config.monitoring.kube_prom_stack import NetworkPolicySettings
    from constructs.monitoring.values.values_props import ValuesProps


# By this label a claim is left out of the alerts about volumes.
LEFT_OUT_CLAIMS = "persistentvolumeclaims=[excluded_from_alerts]"
NODE_NAME: Values = {
    "sourceLabels": ["__meta_kubernetes_pod_node_name"],
    "targetLabel": "node",
    "action": "replace",
}


def compose_values(props: ValuesProps) -> Values:
    """Return the values of the release.

    Raises:
        ConfigurationError: A values file does not fit to what settings make.

    """
    if props.settings.release_values_file is not None:
        return read_release_values(props.settings.release_values_file)
    accounts = ServiceAccounts(props.settings)
    project = merged(
        _release_values(props),
        _label_values(props),
        _placement_values(props),
        _priority_values(props.settings.priority_class),
        _network_policy_values(props.settings.network_policies),
        _exporter_values(props),
        rule_values(props.settings, props.rules),
        prometheus_values(props, accounts.prometheus.name),
        alertmanager_values(props, accounts.alertmanager.name),
        grafana_values(props, accounts.grafana.name),
        *props.features.values,
    )
    values = UserValues(project)
    values.add_shared(SHARED_VALUES_FILE, read_values(SHARED_VALUES_FILE))
    for name in props.settings.values_files:
        values.add_overlay(name, read_values(name))
    if values.problems:
        raise values_error(values.problems)
    return values.values


def _release_values(props: ValuesProps) -> Values:
    """Name everything after the release, and take every image from the mirror if there is one."""
    settings = props.settings
    shared: Values = {"imagePullSecrets": [*pull_secrets(settings.image_pull_secrets)]}
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


def _priority_values(name: str | None) -> Values:
    if name is None:
        return {}
    pod: Values = {"priorityClassName": name}
    return {
        "prometheus": {"prometheusSpec": pod},
        "alertmanager": {"alertmanagerSpec": pod},
        "prometheusOperator": pod,
        "grafana": pod,
        "kube-state-metrics": pod,
        "prometheus-node-exporter": pod,
    }


def _network_policy_values(settings: NetworkPolicySettings) -> Values:
    """Let in pods of the release's namespace and of some others: any pod could set silences, and read every metric."""
    if not settings.enabled:
        return {}
    others: list[JsonValue] = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} for name in settings.namespaces
    ]
    ingress: list[JsonValue] = [{"from": [{"podSelector": {}}, *others]}]
    return {
        # The chart's policy for Prometheus is about both directions: it scrapes whatever there is.
        "prometheus": {"networkPolicy": {"enabled": True, "ingress": ingress, "egress": [{}]}},
        "alertmanager": {"networkPolicy": {"enabled": True, "additionalIngress": ingress}},
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
            # No rule or dashboard needs them, and to list them is to read them.
            "collectorsExclude": ["secrets"],
            "metricLabelsAllowlist": [*merged_allow_lists([LEFT_OUT_CLAIMS, *state_metrics.metric_labels_allow_list])],
        },
    }
