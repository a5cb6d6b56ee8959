"""Monitoring of an Istio mesh, and its console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.contribution import Contribution
from constructs.monitoring.service_monitors import kiali_monitor, mesh_monitors
from constructs.monitoring.values.mesh_certificate import mesh_certificate_values

if TYPE_CHECKING:
    from constructs.monitoring.companion_release import CompanionContext
    from stacks.monitoring.base import MonitoringStack


def contribute_mesh(stack: MonitoringStack) -> Contribution:
    """Add the monitors of the mesh, and Kiali unless it is off."""
    istio, place = stack.settings.istio, stack.monitor_place
    if not istio.enabled:
        return Contribution()
    monitors = tuple(mesh_monitors(istio, place))
    has_certificate = any(service.mutual_tls for service in stack.settings.services.values())
    values = (mesh_certificate_values(),) if has_certificate else ()
    if not istio.kiali.enabled:
        return Contribution(manifests=monitors, values=values)
    return Contribution(
        manifests=(*monitors, kiali_monitor(stack.settings.namespace, place)),
        values=values,
        companions=(lambda context: _create_kiali(stack, context),),
    )


def _create_kiali(stack: MonitoringStack, context: CompanionContext) -> None:
    from constructs.monitoring.kiali import Kiali, KialiProps

    grafana = stack.settings.grafana
    Kiali(
        stack,
        "kiali",
        KialiProps(
            istio=stack.settings.istio,
            grafana_url=grafana.url,
            grafana_login=stack.settings.grafana_login,
            has_grafana=grafana.enabled,
            context=context,
        ),
    )
