"""Probes from inside the cluster, and the blackbox exporter that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.blackbox_exporter import BlackboxExporter, BlackboxExporterProps, probe_manifests
from constructs.monitoring.contribution import Contribution

if TYPE_CHECKING:
    from constructs.monitoring.companion_release import CompanionContext
    from stacks.monitoring.base import MonitoringStack


def contribute_probes(stack: MonitoringStack) -> Contribution:
    """Add a Probe for each target, and the exporter."""
    settings = stack.settings.probes
    if not settings.enabled:
        return Contribution()

    def create_exporter(context: CompanionContext) -> None:
        BlackboxExporter(stack, "blackbox-exporter", BlackboxExporterProps(settings=settings, context=context))

    probes = probe_manifests(
        settings,
        namespace=stack.settings.namespace,
        labels=stack.environment.labels,
        monitor_label=stack.settings.monitor_label,
    )
    return Contribution(manifests=tuple(probes), companions=(create_exporter,))
