"""Kiali, the console of an Istio mesh, pointing at this Prometheus and Grafana."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import versions
from constructs import Construct
from constructs.monitoring.companion_release import CompanionContext, CompanionRelease, CompanionReleaseProps

if TYPE_CHECKING:
    from config.monitoring.grafana.grafana import AdminSecret
    from config.monitoring.targets.services import IstioSettings
    from constructs.helm.helm_values import Values

# Path of the image in its own registry, quay.io.
IMAGE = "kiali/kiali"


@dataclass(frozen=True, kw_only=True)
class KialiProps:
    """The mesh, where users find Grafana, and the secret with its login."""

    istio: IstioSettings
    grafana_url: str
    grafana_login: AdminSecret
    has_grafana: bool
    context: CompanionContext


class Kiali(Construct):
    """The release of the kiali-server chart, in the monitoring namespace."""

    def __init__(self, scope: Construct, id_: str, props: KialiProps) -> None:
        super().__init__(scope, id_)
        settings = props.istio.kiali
        CompanionRelease(
            self,
            "release",
            CompanionReleaseProps(
                name="kiali",
                chart=versions.KIALI.at(settings.chart_repository, settings.chart_version),
                values=compose_kiali_values(props),
                context=props.context,
            ),
        )


def compose_kiali_values(props: KialiProps) -> Values:
    """Return the values of the pinned chart.

    https://github.com/kiali/helm-charts/tree/master/kiali-server
    """
    context, kiali = props.context, props.istio.kiali
    placement = context.placement.values()
    deployment: Values = {
        "node_selector": placement.get("nodeSelector", {}),
        "tolerations": placement.get("tolerations", []),
        "resources": kiali.resources.values(),
        "image_pull_secrets": list(context.image_pull_secrets),
        "extra_labels": dict(context.labels),
        # The mesh is not changed from here.
        "view_only_mode": True,
    }
    if context.image_registry is not None:
        deployment["image_name"] = f"{context.image_registry}/{IMAGE}"
    return {
        "auth": {"strategy": kiali.login},
        "istio_namespace": props.istio.namespace,
        "deployment": deployment,
        "external_services": {
            "istio": {"root_namespace": props.istio.namespace},
            "prometheus": {"url": f"http://{context.stack_release_name}-prometheus.{context.namespace}:9090"},
            "grafana": _grafana(props),
        },
    }


def _grafana(props: KialiProps) -> Values:
    if not props.has_grafana:
        return {"enabled": False}
    context = props.context
    login = props.grafana_login
    return {
        "enabled": True,
        # Kiali asks Grafana which dashboards there are; the chart mounts what `secret:` names.
        "auth": {
            "type": "basic",
            "username": f"secret:{login.name}:{login.user_key}",
            "password": f"secret:{login.name}:{login.password_key}",
        },
        "external_url": props.grafana_url,
        "internal_url": f"http://{context.stack_release_name}-grafana.{context.namespace}:80",
        "dashboards": [
            {
                "name": "Istio",
                "variables": {"namespace": "var-namespace", "workload": "var-workload", "datasource": "var-datasource"},
            }
        ],
    }
