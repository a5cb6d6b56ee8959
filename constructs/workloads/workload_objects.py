"""The Kubernetes objects of a workload: its controller, how it is scaled and reached, and how it is monitored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.workloads.workload_monitors import monitoring_objects
from constructs.workloads.workload_pods import claim_templates, pod_template, selector_labels
from constructs.workloads.workload_services import headless_name, serving_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from config.workloads.workload_scaling import Autoscaling
    from config.workloads.workloads import Workload
    from constructs.helm.helm_values import Values
    from constructs.workloads.workload_context import WorkloadContext


def workload_objects(context: WorkloadContext, workload: Workload) -> list[Values]:
    """Return every object of a workload but its service account."""
    return [
        *_running_objects(context, workload),
        *serving_objects(context, workload),
        *monitoring_objects(context, workload),
    ]


def service_account(context: WorkloadContext, annotations: Values) -> Values:
    """Return the service account of the pods, which gives them no access to the Kubernetes API."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {**context.metadata(context.name), **annotations},
        "automountServiceAccountToken": False,
    }


def _running_objects(context: WorkloadContext, workload: Workload) -> Iterator[Values]:
    if workload.config is not None:
        yield {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": context.metadata(context.name),
            "data": dict(workload.config.files),
        }
    yield _controller(context, workload)
    if workload.autoscaling is not None:
        yield _autoscaler(context, workload, workload.autoscaling)
    if workload.least_replicas > 1:
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": context.metadata(context.name),
            "spec": {
                "maxUnavailable": workload.most_unavailable,
                "selector": {"matchLabels": dict(selector_labels(context.name))},
                # Pods that crash must not keep a node from being drained.
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
            },
        }


def _controller(context: WorkloadContext, workload: Workload) -> Values:
    metadata = context.metadata(context.name)
    labels = metadata["labels"]
    spec: Values = {
        "selector": {"matchLabels": dict(selector_labels(context.name))},
        "template": pod_template(context.name, workload, labels if isinstance(labels, dict) else {}),  # type: ignore[arg-type] # labels are text
    }
    if workload.autoscaling is None:
        # Else the autoscaler decides, and each deploy would set its number back.
        spec["replicas"] = workload.replicas
    if workload.kind == "StatefulSet":
        spec["serviceName"] = headless_name(context.name)
        claims = claim_templates(workload, context.storage_class_name)
        if claims:
            spec["volumeClaimTemplates"] = claims
    return {"apiVersion": "apps/v1", "kind": workload.kind, "metadata": metadata, "spec": spec}


def _autoscaler(context: WorkloadContext, workload: Workload, autoscaling: Autoscaling) -> Values:
    metrics: list[JsonValue] = []
    if autoscaling.cpu_percent is not None:
        target: Values = {"type": "Utilization", "averageUtilization": autoscaling.cpu_percent}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if autoscaling.metric is not None:
        target = {"type": "AverageValue", "averageValue": autoscaling.metric.average_value}
        metrics.append({"type": "Pods", "pods": {"metric": {"name": autoscaling.metric.name}, "target": target}})
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": context.metadata(context.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": workload.kind, "name": context.name},
            "minReplicas": autoscaling.min_replicas,
            "maxReplicas": autoscaling.max_replicas,
            "metrics": metrics,
        },
    }
