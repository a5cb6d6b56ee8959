"""The certificate of an Istio mesh that Prometheus shows to pods which take connections of the mesh only.

A sidecar of Istio gets it and renews it, and forwards nothing: Prometheus reaches every other target as before.
https://istio.io/latest/docs/ops/integrations/prometheus/#tls-settings
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs.helm.helm_values import Values

VOLUME = "istio-certs"
# Where the sidecar writes it, and where Prometheus reads it.
WRITTEN, READ = "/etc/istio-output-certs", "/etc/prom-certs"


def mesh_certificate_values() -> Values:
    """Return the values that give Prometheus the sidecar and the volume that they share."""
    traffic = "traffic.sidecar.istio.io"
    mount = [{"name": VOLUME, "mountPath": WRITTEN}]
    return {
        "prometheus": {
            "prometheusSpec": {
                "podMetadata": {
                    "labels": {"sidecar.istio.io/inject": "true"},
                    "annotations": {
                        f"{traffic}/includeInboundPorts": "",
                        f"{traffic}/includeOutboundIPRanges": "",
                        "proxy.istio.io/config": json.dumps({"proxyMetadata": {"OUTPUT_CERTS": WRITTEN}}),
                        "sidecar.istio.io/userVolumeMount": json.dumps(mount),
                    },
                },
                "volumes": [{"name": VOLUME, "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}],
                "volumeMounts": [{"name": VOLUME, "mountPath": READ, "readOnly": True}],
            }
        }
    }


def mesh_tls() -> Values:
    """Return the `tlsConfig` of an endpoint in the mesh; a certificate there names no host that could be verified."""
    return {
        "caFile": f"{READ}/root-cert.pem",
        "certFile": f"{READ}/cert-chain.pem",
        "keyFile": f"{READ}/key.pem",
        "insecureSkipVerify": True,
    }
