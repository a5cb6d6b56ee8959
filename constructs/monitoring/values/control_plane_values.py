"""Values that scrape scheduler and controller-manager through the metrics endpoint of EKS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs.helm.helm_values import Values

TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a folder in the container)


def _scrape_job(name: str, path: str) -> Values:
    return {
        "job_name": name,
        "scheme": "https",
        "metrics_path": path,
        "authorization": {"type": "Bearer", "credentials_file": f"{TOKEN_FOLDER}/token"},
        "tls_config": {"ca_file": f"{TOKEN_FOLDER}/ca.crt"},
        "static_configs": [{"targets": ["kubernetes.default.svc:443"]}],
    }


# By the job names of the chart's rules and dashboards. Static targets: by discovery there would be one for each address
# of the API server, all with the same samples.
# https://docs.aws.amazon.com/eks/latest/userguide/view-raw-metrics.html
SCRAPE_JOBS = (
    _scrape_job("kube-scheduler", "/apis/metrics.eks.amazonaws.com/v1/ksh/container/metrics"),
    _scrape_job("kube-controller-manager", "/apis/metrics.eks.amazonaws.com/v1/kcm/container/metrics"),
)


def eks_control_plane_values() -> Values:
    """Return what permits Prometheus the scrape, and switches on the rules and dashboards of the chart."""
    component: Values = {"enabled": True, "service": {"enabled": False}, "serviceMonitor": {"enabled": False}}
    return {
        "kubeScheduler": component,
        "kubeControllerManager": component,
        "prometheus": {
            "additionalRulesForClusterRole": [
                {
                    "apiGroups": ["metrics.eks.amazonaws.com"],
                    "resources": ["kcm/metrics", "ksh/metrics"],
                    "verbs": ["get"],
                }
            ]
        },
    }
