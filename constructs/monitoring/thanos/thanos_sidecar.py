"""Values of the Thanos sidecar, which runs next to Prometheus and ships its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.thanos.thanos_secret import OBJECT_STORE_KEY

if TYPE_CHECKING:
    from constructs.helm.helm_values import Values
    from constructs.monitoring.thanos.object_store import StoreAccess

# An upload reads a block of two hours once; its index header is built in memory.
SIDECAR_RESOURCES: Values = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}}


def sidecar_values(secret_name: str, access: StoreAccess) -> Values:
    """Return the values of kube-prometheus-stack that run the sidecar with the object store of a secret."""
    secret: Values = {"name": secret_name, "key": OBJECT_STORE_KEY}
    thanos: Values = {"objectStorageConfig": {"existingSecret": secret}, "resources": SIDECAR_RESOURCES}
    spec: Values = {"thanos": thanos}
    if access.mounts:
        thanos["volumeMounts"] = [*access.mounts]
        spec["volumes"] = [*access.volumes]
    if access.variables:
        # The operator lays it over the container of that name.
        spec["containers"] = [{"name": "thanos-sidecar", "env": [*access.variables]}]
    return {
        "prometheus": {
            "thanosService": {"enabled": True},
            "thanosServiceMonitor": {"enabled": True},
            "prometheusSpec": spec,
        }
    }
