"""How Prometheus and Alertmanager find what is meant for them: by a label of each object, and of its namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from constructs.helm.helm_values import Values


def object_selector(settings: KubePromStackSettings) -> Values:
    """Return the selector of monitors, probes, rules, scrape and Alertmanager configurations."""
    return {"matchLabels": {settings.monitor_label.key: settings.monitor_label.value}}


def namespace_selector(settings: KubePromStackSettings) -> Values:
    """Return the selector of the namespaces in which they are looked for."""
    return {"matchLabels": {settings.namespace_label.key: settings.namespace_label.value}}
