"""ServiceMonitors and PodMonitors of the cluster's add-ons, for `extraManifests` of kube-prometheus-stack.

The charts' own monitors would need the CRDs, which come with kube-prometheus-stack, and that is deployed later.
https://prometheus-operator.dev/docs/api-reference/api/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons import addon_accounts as accounts

if TYPE_CHECKING:
    from config.addons.cluster_addons import ClusterAddonsSettings
    from constructs.aws.irsa_role import ServiceAccount
    from constructs.helm.helm_values import Values
    from constructs.monitoring.service_monitors import MonitorPlace

# Both make certificates of their own when they start.
OWN_CERTIFICATE: Values = {"scheme": "https", "tlsConfig": {"insecureSkipVerify": True}}


def addon_monitors(settings: ClusterAddonsSettings, place: MonitorPlace) -> list[Values]:
    """Return a monitor for each add-on that is on; the job of its metrics is the name of its release."""
    by_service: dict[str, tuple[ServiceAccount, Values]] = {
        "cluster_autoscaler": (accounts.CLUSTER_AUTOSCALER, {"port": "http"}),
        "external_dns": (accounts.EXTERNAL_DNS, {"port": "http"}),
        "metrics_server": (accounts.METRICS_SERVER, {"port": "https", **OWN_CERTIFICATE}),
        "prometheus_adapter": (accounts.PROMETHEUS_ADAPTER, {"port": "https", **OWN_CERTIFICATE}),
    }
    # Their services show no metrics, or not those of every part.
    by_pod: dict[str, tuple[ServiceAccount, Values]] = {
        "aws_load_balancer_controller": (accounts.LOAD_BALANCER_CONTROLLER, {"port": "metrics-server"}),
        # Its metrics name the namespace of each certificate, by which alerts go to whom they concern.
        "cert_manager": (accounts.CERT_MANAGER, {"port": "http-metrics", "honorLabels": True}),
    }
    return [
        *(
            _monitor("ServiceMonitor", addon, place, {"endpoints": [endpoint]})
            for name, (addon, endpoint) in by_service.items()
            if name in settings.enabled
        ),
        *(
            _monitor("PodMonitor", addon, place, {"podMetricsEndpoints": [endpoint]})
            for name, (addon, endpoint) in by_pod.items()
            if name in settings.enabled
        ),
    ]


def _monitor(kind: str, addon: ServiceAccount, place: MonitorPlace, endpoints: Values) -> Values:
    label = "app.kubernetes.io/instance"
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": kind,
        "metadata": {"name": addon.name, "namespace": place.namespace, "labels": dict(place.labels)},
        "spec": {
            "jobLabel": label,
            "namespaceSelector": {"matchNames": [addon.namespace]},
            "selector": {"matchLabels": {label: addon.name}},
            **endpoints,
        },
    }
