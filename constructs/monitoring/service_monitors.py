"""ServiceMonitors and PodMonitors of services and of a mesh, for `extraManifests` of kube-prometheus-stack.

https://prometheus-operator.dev/docs/api-reference/api/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs.kubernetes.shapes import metadata, operator_object
from constructs.monitoring.values.mesh_certificate import mesh_tls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from config.monitoring.targets.services import IstioSettings, MonitoredService
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
    port: Values = {"port": service.port} if service.target_port is None else {"targetPort": service.target_port}
    endpoint: Values = {**port, "path": service.path, **_access(service)}
    if service.interval is not None:
        endpoint["interval"] = service.interval
    return _monitor(
        "ServiceMonitor",
        f"service-{name}",
        place,
        {
            "namespaceSelector": {"matchNames": [service.namespace, *service.more_namespaces]},
            "selector": {"matchLabels": dict(service.labels) or {"app": name}},
            "endpoints": [endpoint],
        },
    )


def _access(service: MonitoredService) -> Values:
    """Return how the endpoint is reached, and which of its metrics are kept."""
    access: Values = {}
    if service.mutual_tls:
        access |= {"scheme": "https", "tlsConfig": mesh_tls()}
    elif service.scheme == "https":
        tls: Values = {"insecureSkipVerify": service.skip_tls_verify}
        if service.ca is not None:
            tls["ca"] = {"secret": {"name": service.ca.secret, "key": service.ca.key}}
        if service.server_name is not None:
            tls["serverName"] = service.server_name
        access |= {"scheme": "https", "tlsConfig": tls}
    if service.bearer_token is not None:
        token: Values = {"name": service.bearer_token.secret, "key": service.bearer_token.key}
        access["authorization"] = {"type": "Bearer", "credentials": token}
    filters: list[JsonValue] = [
        {"action": action, "sourceLabels": ["__name__"], "regex": "|".join(patterns)}
        for action, patterns in (("keep", service.keep_metrics), ("drop", service.drop_metrics))
        if patterns
    ]
    return {**access, "metricRelabelings": filters} if filters else access


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
    return operator_object(kind, metadata(name, place.namespace, place.labels), spec)
