"""How Prometheus finds a workload, and its alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.workloads.workload_files import metrics_service_name
from constructs.kubernetes.shapes import operator_object
from constructs.workloads.workload_pods import selector_labels
from constructs.workloads.workload_services import service, service_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from config.workloads.workload_alerts import WorkloadAlert
    from config.workloads.workload_ports import WorkloadMetrics
    from config.workloads.workloads import Workload
    from constructs.helm.helm_values import Values
    from constructs.workloads.workload_context import WorkloadContext


def monitoring_objects(context: WorkloadContext, workload: Workload) -> Iterator[Values]:
    """Yield the monitors of a workload, the service that its ServiceMonitor selects, and its alerts."""
    metrics = workload.metrics
    if metrics is not None and metrics.service_monitor:
        yield _metrics_service(context, workload, metrics)
        yield _monitor(context, "ServiceMonitor", {"app": _monitoring_label(context.name)}, "endpoints", metrics)
    if metrics is not None and metrics.pod_monitor:
        yield _monitor(context, "PodMonitor", selector_labels(context.name), "podMetricsEndpoints", metrics)
    if workload.alerts:
        rules: list[JsonValue] = [_rule(name, alert) for name, alert in workload.alerts.items()]
        spec: Values = {"groups": [{"name": context.name, "rules": rules}]}
        yield operator_object("PrometheusRule", context.selected_metadata(context.name), spec)


def _monitoring_label(name: str) -> str:
    return f"{name}-monitoring"


def _metrics_service(context: WorkloadContext, workload: Workload, metrics: WorkloadMetrics) -> Values:
    """Return a service of its own for the metrics, so that users of the workload's service do not meet them."""
    name = metrics_service_name(context.name, metrics.service_name)
    return service(
        context.metadata(name, app=_monitoring_label(context.name)),
        {
            "type": "ClusterIP",
            "selector": dict(selector_labels(context.name)),
            "ports": service_ports({metrics.port: workload.ports[metrics.port]}),
        },
    )


def _monitor(
    context: WorkloadContext, kind: str, selected: Mapping[str, str], endpoints: str, metrics: WorkloadMetrics
) -> Values:
    """Return a monitor of the pods or services that have a label."""
    endpoint: Values = {"port": metrics.port, "path": metrics.path}
    if metrics.interval is not None:
        endpoint["interval"] = metrics.interval
    spec: Values = {"selector": {"matchLabels": dict(selected)}, endpoints: [endpoint]}
    return operator_object(kind, context.selected_metadata(context.name), spec)


def _rule(name: str, alert: WorkloadAlert) -> Values:
    told = {"summary": alert.summary, "description": alert.description, "runbook_url": alert.runbook_url}
    return {
        "alert": name,
        "expr": alert.expr,
        "for": alert.for_duration,
        "labels": {"severity": alert.severity},
        "annotations": {key: value for key, value in told.items() if value is not None},
    }
