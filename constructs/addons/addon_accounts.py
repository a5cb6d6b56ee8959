"""Namespace and name of each add-on: its release, its Deployment and its service account are called the same."""

from __future__ import annotations

from constructs.aws.irsa_role import ServiceAccount

SYSTEM_NAMESPACE = "kube-system"

CLUSTER_AUTOSCALER = ServiceAccount(SYSTEM_NAMESPACE, "cluster-autoscaler")
LOAD_BALANCER_CONTROLLER = ServiceAccount(SYSTEM_NAMESPACE, "aws-load-balancer-controller")
METRICS_SERVER = ServiceAccount(SYSTEM_NAMESPACE, "metrics-server")
# Not with Prometheus: while the adapter's API has no pod to answer, no namespace can be deleted.
PROMETHEUS_ADAPTER = ServiceAccount(SYSTEM_NAMESPACE, "prometheus-adapter")
EXTERNAL_DNS = ServiceAccount(SYSTEM_NAMESPACE, "external-dns")
# A namespace of its own: issuers of the whole cluster read their secrets from it.
CERT_MANAGER = ServiceAccount("cert-manager", "cert-manager")
