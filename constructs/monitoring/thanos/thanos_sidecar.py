"""Values of the Thanos sidecar, which runs beside Prometheus and ships its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.thanos.thanos_secret import OBJECT_STORE_KEY

if TYPE_CHECKING:
    from constructs.helm.helm_values import Values

# An upload reads a block of two hours once; its index header is built in memory.
SIDECAR_RESOURCES: Values = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}}


def sidecar_values(secret_name: str) -> Values:
    """Return the values of kube-prometheus-stack that run the sidecar with the object store of a secret."""
    secret: Values = {"name": secret_name, "key": OBJECT_STORE_KEY}
    return {
        "prometheus": {
            "thanosService": {"enabled": True},
            "thanosServiceMonitor": {"enabled": True},
            "prometheusSpec": {
                "thanos": {"objectStorageConfig": {"existingSecret": secret}, "resources": SIDECAR_RESOURCES}
            },
        }
    }
