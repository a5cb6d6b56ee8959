"""ServiceMonitors and PodMonitors of the cluster's add-ons, for `extraManifests` of kube-prometheus-stack.

The charts' own monitors would need the CRDs, which come with kube-prometheus-stack, and that is deployed later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.kubernetes.shapes import INSTANCE_LABEL, metadata, operator_object

if TYPE_CHECKING:
    from config.addons.addon import Addon, Monitor
    from config.addons.cluster_addons import ClusterAddonsSettings
    from constructs.helm.helm_values import Values
    from constructs.monitoring.service_monitors import MonitorPlace

ENDPOINTS_KEYS = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints"}


def addon_monitors(settings: ClusterAddonsSettings, place: MonitorPlace) -> list[Values]:
    """Return a monitor for each add-on that is on, by kind; the job of its metrics is the name of its release."""
    addons = [settings.installed[name] for name in settings.enabled]
    monitored = [(addon, addon.MONITOR) for addon in addons if addon.MONITOR is not None]
    return [
        _monitor(addon, monitor, place)
        for kind in ENDPOINTS_KEYS
        for addon, monitor in monitored
        if monitor.kind == kind
    ]


def _monitor(addon: Addon, monitor: Monitor, place: MonitorPlace) -> Values:
    kind, endpoint = monitor
    spec: Values = {
        "jobLabel": INSTANCE_LABEL,
        "namespaceSelector": {"matchNames": [addon.NAMESPACE]},
        "selector": {"matchLabels": {INSTANCE_LABEL: addon.CHART.name}},
        ENDPOINTS_KEYS[kind]: [endpoint],
    }
    return operator_object(kind, metadata(addon.CHART.name, place.namespace, place.labels), spec)
