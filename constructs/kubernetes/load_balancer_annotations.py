"""Annotations of an Ingress by which the AWS load balancer controller makes its load balancer.

Source: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.monitoring.load_balancer_ingress import LoadBalancerIngress
    from config.workloads.workload_ports import WorkloadIngress
    from constructs.helm.helm_values import Values

PREFIX = "alb.ingress.kubernetes.io"


def load_balancer_annotations(ingress: LoadBalancerIngress | WorkloadIngress, health: str) -> Values:
    """Return the annotations; the load balancer ends TLS, and asks for the health at a path."""
    values: Values = {
        f"{PREFIX}/scheme": ingress.scheme,
        f"{PREFIX}/target-type": "ip",
        f"{PREFIX}/listen-ports": '[{"HTTP":80},{"HTTPS":443}]',
        f"{PREFIX}/ssl-redirect": "443",
        f"{PREFIX}/healthcheck-path": health,
    }
    if ingress.certificate_arn is not None:
        values[f"{PREFIX}/certificate-arn"] = ingress.certificate_arn
    if ingress.group is not None:
        values[f"{PREFIX}/group.name"] = ingress.group
    return values
