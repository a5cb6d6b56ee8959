"""ServiceMonitors and PodMonitors of services and of a mesh, for `extraManifests` of kube-prometheus-stack.

https://prometheus-operator.dev/docs/api-reference/api/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.monitoring.services import IstioSettings, MonitoredService
    from constructs.helm.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class MonitorPlace:
    """Where monitors are put: Prometheus looks into this namespace, for these labels."""

    namespace: str
    labels: Mapping[str, str]


def service_monitors(services: Mapping[str, MonitoredService], place: MonitorPlace) -> list[Values]:
    """Return a ServiceMonitor for each service; the job of its metrics is the Service's name."""
    return [_service_monitor(name, service, place) for name, service in sorted(services.items())]


def _service_monitor(name: str, service: MonitoredService, place: MonitorPlace) -> Values:
    endpoint: Values = {"port": service.port, "path": service.path}
    if service.interval is not None:
        endpoint["interval"] = service.interval
    return _monitor(
        "ServiceMonitor",
        f"service-{name}",
        place,
        {
            "namespaceSelector": {"matchNames": [service.namespace]},
            "selector": {"matchLabels": dict(service.labels) or {"app": name}},
            "endpoints": [endpoint],
        },
    )


def mesh_monitors(istio: IstioSettings, place: MonitorPlace) -> list[Values]:
    """Return the monitors of a mesh: istiod by its Service, sidecars and gateways by the proxy's port in any namespace.

    https://istio.io/latest/docs/ops/integrations/prometheus/
    """
    if not istio.enabled:
        return []
    control_plane: Values = {
        "jobLabel": "app",
        "namespaceSelector": {"matchNames": [istio.namespace]},
        "selector": {"matchLabels": {"istio": "pilot"}},
        "endpoints": [{"port": "http-monitoring", "interval": istio.interval}],
    }
    proxies: Values = {
        "namespaceSelector": {"any": True},
        # Pods without the proxy have no port of this name, and so no target.
        "selector": {},
        "podMetricsEndpoints": [
            {
                "port": "http-envoy-prom",
                "path": "/stats/prometheus",
                "interval": istio.interval,
                "relabelings": [{"targetLabel": "job", "replacement": "envoy-stats", "action": "replace"}],
            }
        ],
    }
    return [
        _monitor("ServiceMonitor", "istiod", place, control_plane),
        _monitor("PodMonitor", "istio-proxies", place, proxies),
    ]


def kiali_monitor(namespace: str, place: MonitorPlace) -> Values:
    """Return the monitor of Kiali itself."""
    spec: Values = {
        "jobLabel": "app.kubernetes.io/name",
        "namespaceSelector": {"matchNames": [namespace]},
        "selector": {"matchLabels": {"app.kubernetes.io/name": "kiali"}},
        "endpoints": [{"port": "http-metrics"}],
    }
    return _monitor("ServiceMonitor", "kiali", place, spec)


def _monitor(kind: str, name: str, place: MonitorPlace, spec: Values) -> Values:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": place.namespace, "labels": dict(place.labels)},
        "spec": spec,
    }
