"""Where Thanos Query answers, and Grafana's data source of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs.helm.helm_values import Values

THANOS_RELEASE = "thanos"
QUERY_PORT = 9090


def thanos_query_url(namespace: str) -> str:
    """Return where PromQL over everything that is kept is queried from inside the cluster."""
    return f"http://{THANOS_RELEASE}-query.{namespace}:{QUERY_PORT}"


def thanos_data_source(namespace: str) -> Values:
    """Return an entry of `grafana.additionalDataSources`."""
    return {
        "name": "Thanos",
        "uid": "thanos",
        "type": "prometheus",
        "access": "proxy",
        "url": thanos_query_url(namespace),
        "jsonData": {"httpMethod": "POST", "prometheusType": "Thanos"},
    }
