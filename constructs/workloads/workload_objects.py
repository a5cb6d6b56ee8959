"""The Kubernetes objects of a workload: its controller, how it is reached and scaled, and how Prometheus finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.workloads.workload_files import metrics_service_name
from constructs.workloads.workload_pods import claim_templates, pod_template, selector_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from config.monitoring.kube_prom_stack import MonitorLabel
    from config.workloads.workload_parts import Autoscaling, WorkloadAlert, WorkloadIngress, WorkloadMetrics
    from config.workloads.workloads import Workload
    from constructs.helm.helm_values import Values

_ALB = "alb.ingress.kubernetes.io"
_NLB = "service.beta.kubernetes.io/aws-load-balancer"


@dataclass(frozen=True, kw_only=True)
class WorkloadContext:
    """What a workload's objects take from around it; without a storage class, the cluster's default is used."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    monitor_label: MonitorLabel
    storage_class_name: str | None

    def metadata(self, name: str, **labels: str) -> Values:
        """Return name, namespace and labels of an object."""
        own = {**self.labels, "app.kubernetes.io/name": self.name, **selector_labels(self.name)}
        return {"name": name, "namespace": self.namespace, "labels": {**own, **labels}}

    def selected_metadata(self, name: str) -> Values:
        """Return the metadata of an object that Prometheus selects."""
        metadata = self.metadata(name)
        labels = metadata["labels"]
        if isinstance(labels, dict):
            labels[self.monitor_label.key] = self.monitor_label.value
        return metadata


def workload_objects(context: WorkloadContext, workload: Workload) -> list[Values]:
    """Return every object of a workload but its service account."""
    return [
        *_running_objects(context, workload),
        *_serving_objects(context, workload),
        *_watching_objects(context, workload),
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
        "template": pod_template(context.name, workload, labels if isinstance(labels, dict) else {}),  # type: ignore[arg-type]
    }
    if workload.autoscaling is None:
        # Else the autoscaler decides, and each deploy would set its number back.
        spec["replicas"] = workload.replicas
    if workload.kind == "StatefulSet":
        spec["serviceName"] = _headless_name(context.name)
        claims = claim_templates(workload, context.storage_class_name)
        if claims:
            spec["volumeClaimTemplates"] = claims
    return {"apiVersion": "apps/v1", "kind": workload.kind, "metadata": metadata, "spec": spec}


def _headless_name(name: str) -> str:
    return f"{name}-headless"


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


def _serving_objects(context: WorkloadContext, workload: Workload) -> Iterator[Values]:
    if workload.kind == "StatefulSet":
        spec: Values = {
            "clusterIP": "None",
            # Replicas find each other before they are ready.
            "publishNotReadyAddresses": True,
            "selector": dict(selector_labels(context.name)),
        }
        ports = _service_ports(workload.ports)
        yield _service(
            context.metadata(_headless_name(context.name), app=_headless_name(context.name)),
            spec | ({"ports": ports} if ports else {}),
        )
    if workload.service_ports:
        yield _service(_service_metadata(context, workload), _service_spec(context, workload))
    if workload.ingress is not None:
        yield _ingress(context, workload, workload.ingress)


def _service(metadata: Values, spec: Values) -> Values:
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _service_ports(ports: Mapping[str, int]) -> list[JsonValue]:
    return [{"name": name, "port": port, "targetPort": name, "protocol": "TCP"} for name, port in ports.items()]


def _service_metadata(context: WorkloadContext, workload: Workload) -> Values:
    """Return the metadata of the service, a load balancer's with what the AWS load balancer controller reads.

    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
    """
    settings = workload.service
    annotations: Values = dict(settings.annotations)
    if settings.type == "LoadBalancer":
        annotations = {
            f"{_NLB}-type": "external",
            f"{_NLB}-nlb-target-type": "ip",
            f"{_NLB}-scheme": settings.scheme,
            **annotations,
        }
    return context.metadata(context.name) | ({"annotations": annotations} if annotations else {})


def _service_spec(context: WorkloadContext, workload: Workload) -> Values:
    spec: Values = {
        "type": workload.service.type,
        "selector": dict(selector_labels(context.name)),
        "ports": _service_ports(workload.service_ports),
    }
    if workload.service.source_cidrs:
        spec["loadBalancerSourceRanges"] = [str(cidr) for cidr in workload.service.source_cidrs]
    return spec


def _ingress(context: WorkloadContext, workload: Workload, ingress: WorkloadIngress) -> Values:
    """Return the ingress; the load balancer ends TLS.

    Annotations: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
    """
    port = ingress.port or next(iter(workload.service_ports))
    backend: Values = {"service": {"name": context.name, "port": {"name": port}}}
    spec: Values = {
        "ingressClassName": ingress.ingress_class,
        "rules": [
            {
                "host": ingress.host,
                "http": {"paths": [{"path": ingress.path, "pathType": "Prefix", "backend": backend}]},
            }
        ],
    }
    if ingress.tls_secret is not None:
        spec["tls"] = [{"hosts": [ingress.host], "secretName": ingress.tls_secret}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {**context.metadata(context.name), "annotations": _ingress_annotations(workload, ingress)},
        "spec": spec,
    }


def _ingress_annotations(workload: Workload, ingress: WorkloadIngress) -> Values:
    readiness = workload.probes.readiness
    asked = ingress.health_check_path or (readiness.path if readiness is not None else None) or "/"
    annotations: Values = {
        f"{_ALB}/scheme": ingress.scheme,
        f"{_ALB}/target-type": "ip",
        f"{_ALB}/listen-ports": '[{"HTTP":80},{"HTTPS":443}]',
        f"{_ALB}/ssl-redirect": "443",
        f"{_ALB}/healthcheck-path": asked,
    }
    if ingress.certificate_arn is not None:
        annotations[f"{_ALB}/certificate-arn"] = ingress.certificate_arn
    if ingress.group is not None:
        annotations[f"{_ALB}/group.name"] = ingress.group
    if ingress.source_cidrs:
        annotations[f"{_ALB}/inbound-cidrs"] = ",".join(str(cidr) for cidr in ingress.source_cidrs)
    return annotations | dict(ingress.annotations)


def _watching_objects(context: WorkloadContext, workload: Workload) -> Iterator[Values]:
    metrics = workload.metrics
    if metrics is not None and metrics.service_monitor:
        yield _metrics_service(context, workload, metrics)
        yield _monitor(context, "ServiceMonitor", {"app": _monitoring_label(context.name)}, "endpoints", metrics)
    if metrics is not None and metrics.pod_monitor:
        yield _monitor(context, "PodMonitor", selector_labels(context.name), "podMetricsEndpoints", metrics)
    if workload.alerts:
        rules: list[JsonValue] = [_rule(name, alert) for name, alert in workload.alerts.items()]
        yield {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": context.selected_metadata(context.name),
            "spec": {"groups": [{"name": context.name, "rules": rules}]},
        }


def _monitoring_label(name: str) -> str:
    return f"{name}-monitoring"


def _metrics_service(context: WorkloadContext, workload: Workload, metrics: WorkloadMetrics) -> Values:
    """Return a service of its own for the metrics, so that users of the workload's service do not meet them."""
    name = metrics_service_name(context.name, metrics.service_name)
    return _service(
        context.metadata(name, app=_monitoring_label(context.name)),
        {
            "type": "ClusterIP",
            "selector": dict(selector_labels(context.name)),
            "ports": _service_ports({metrics.port: workload.ports[metrics.port]}),
        },
    )


def _monitor(
    context: WorkloadContext, kind: str, selected: Mapping[str, str], endpoints: str, metrics: WorkloadMetrics
) -> Values:
    """Return a monitor. https://prometheus-operator.dev/docs/api-reference/api/."""
    endpoint: Values = {"port": metrics.port, "path": metrics.path}
    if metrics.interval is not None:
        endpoint["interval"] = metrics.interval
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": kind,
        "metadata": context.selected_metadata(context.name),
        "spec": {"selector": {"matchLabels": dict(selected)}, endpoints: [endpoint]},
    }


def _rule(name: str, alert: WorkloadAlert) -> Values:
    told = {"summary": alert.summary, "description": alert.description, "runbook_url": alert.runbook_url}
    return {
        "alert": name,
        "expr": alert.expr,
        "for": alert.for_duration,
        "labels": {"severity": alert.severity},
        "annotations": {key: value for key, value in told.items() if value is not None},
    }
