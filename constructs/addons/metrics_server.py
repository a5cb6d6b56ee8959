"""metrics-server, which serves CPU and memory of pods and nodes to autoscalers and `kubectl top`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons.addon_release import AddonConstruct, AddonProps, spread_values

if TYPE_CHECKING:
    from config.addons.metrics_server import MetricsServerSettings
    from constructs import Construct
    from constructs.helm.helm_values import Values


class MetricsServer(AddonConstruct):
    """The release; it needs nothing of AWS."""

    def __init__(self, scope: Construct, id_: str, props: AddonProps[MetricsServerSettings]) -> None:
        super().__init__(scope, id_)
        self.release = props.create_release(self, _values(props))


def _values(props: AddonProps[MetricsServerSettings]) -> Values:
    """Return the values of the pinned chart, whose security contexts are restricted already."""
    settings, context, name = props.settings, props.context, props.service_account.name
    return {
        **context.placement.values(),
        **spread_values(name, settings.replicas),
        "fullnameOverride": name,
        "args": ["--kubelet-insecure-tls"] if settings.kubelet_insecure_tls else [],
        "commonLabels": dict(context.labels),
        "image": context.repository("metrics-server/metrics-server"),
        "imagePullSecrets": context.pull_secrets(),
        # Lets /metrics be read without a token.
        "metrics": {"enabled": True},
        # A budget for one replica would block the drain of its node.
        "podDisruptionBudget": {"enabled": settings.replicas > 1, "maxUnavailable": 1},
        "replicas": settings.replicas,
        "resources": settings.resources.values(),
        "serviceAccount": props.service_account_values(),
    }
