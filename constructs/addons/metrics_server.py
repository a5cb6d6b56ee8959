"""metrics-server, which serves CPU and memory of pods and nodes to autoscalers and `kubectl top`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import versions
from constructs import Construct
from constructs.addons.addon_accounts import METRICS_SERVER
from constructs.addons.addon_identity import account_values
from constructs.addons.addon_release import AddonRelease, AddonReleaseProps, spread_values

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.addons.cluster_addons import MetricsServerSettings
    from constructs.addons.addon_release import AddonContext
    from constructs.helm.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class MetricsServerProps:
    """The settings, and what has to be ready first."""

    settings: MetricsServerSettings
    context: AddonContext
    depends_on: tuple[ITerraformDependable, ...] = ()


class MetricsServer(Construct):
    """The release; it needs nothing of AWS."""

    def __init__(self, scope: Construct, id_: str, props: MetricsServerProps) -> None:
        super().__init__(scope, id_)
        settings = props.settings
        AddonRelease(
            self,
            "release",
            AddonReleaseProps(
                account=METRICS_SERVER,
                chart=versions.METRICS_SERVER.at(settings.chart_repository, settings.chart_version),
                values=_values(props),
                context=props.context,
                depends_on=props.depends_on,
            ),
        )


def _values(props: MetricsServerProps) -> Values:
    """Return the values of chart 3.13.1, whose security contexts are restricted already."""
    settings, context = props.settings, props.context
    return {
        **context.placement.values(),
        **spread_values(METRICS_SERVER.name, settings.replicas),
        "fullnameOverride": METRICS_SERVER.name,
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
        "serviceAccount": account_values(METRICS_SERVER),
    }
