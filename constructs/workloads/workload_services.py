"""How a workload is reached: its services, and its ingress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.kubernetes.load_balancer_annotations import PREFIX, load_balancer_annotations
from constructs.workloads.workload_pods import selector_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from config.workloads.workload_ports import WorkloadIngress
    from config.workloads.workloads import Workload
    from constructs.helm.helm_values import Values
    from constructs.workloads.workload_context import WorkloadContext

_NLB = "service.beta.kubernetes.io/aws-load-balancer"


def headless_name(name: str) -> str:
    """Return the name of the service by which the replicas of a workload find each other."""
    return f"{name}-headless"


def serving_objects(context: WorkloadContext, workload: Workload) -> Iterator[Values]:
    """Yield the services of a workload, and its ingress."""
    if workload.kind == "StatefulSet":
        spec: Values = {
            "clusterIP": "None",
            # Replicas find each other before they are ready.
            "publishNotReadyAddresses": True,
            "selector": dict(selector_labels(context.name)),
        }
        ports = service_ports(workload.ports)
        yield service(
            context.metadata(headless_name(context.name), app=headless_name(context.name)),
            spec | ({"ports": ports} if ports else {}),
        )
    if workload.service_ports:
        yield service(_service_metadata(context, workload), _service_spec(context, workload))
    if workload.ingress is not None:
        yield _ingress(context, workload, workload.ingress)


def service(metadata: Values, spec: Values) -> Values:
    """Return a Service."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def service_ports(ports: Mapping[str, int]) -> list[JsonValue]:
    """Return ports of a Service that lead to the ports of the same names of the pods."""
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
            **({f"{_NLB}-ip-address-type": "dualstack"} if context.has_ipv6 else {}),
            **annotations,
        }
    return context.metadata(context.name) | ({"annotations": annotations} if annotations else {})


def _service_spec(context: WorkloadContext, workload: Workload) -> Values:
    spec: Values = {
        "type": workload.service.type,
        "selector": dict(selector_labels(context.name)),
        "ports": service_ports(workload.service_ports),
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
    annotations = load_balancer_annotations(ingress, asked)
    if ingress.source_cidrs:
        annotations[f"{PREFIX}/inbound-cidrs"] = ",".join(str(cidr) for cidr in ingress.source_cidrs)
    return annotations | dict(ingress.annotations)
