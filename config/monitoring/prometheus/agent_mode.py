"""What goes with a Prometheus in agent mode: it scrapes, sends everything on, and keeps, answers and evaluates nothing.

https://prometheus.io/docs/prometheus/latest/prometheus_agent/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.addons.cluster_addons import ClusterAddonsSettings
    from config.core.settings import Settings
    from config.monitoring.kube_prom_stack import KubePromStackSettings

NO_RULES: Final = "has no effect in agent mode: no rule is evaluated in the cluster"
# Settings of Prometheus about what it keeps and answers.
_OF_A_SERVER: Final = ("retention", "samples_per_second", "remote_read")
# Objects that only a Prometheus with rules, or its Alertmanager, reads.
_OF_RULES: Final = ("PrometheusRule", "AlertmanagerConfig")


def agent_mode_problems(stack: KubePromStackSettings, addons: ClusterAddonsSettings | None) -> Iterator[Problem]:
    """Yield what an agent cannot do, and what is missing for it."""
    if not stack.prometheus.agent_mode:
        return
    if not (stack.managed_prometheus.enabled or stack.prometheus.remote_write):
        yield Problem(
            ("prometheus", "agent_mode"),
            "sends every sample on and keeps none: needs managed_prometheus.enabled, or a store in "
            "prometheus.remote_write",
        )
    if addons is not None and addons.prometheus_adapter.enabled:
        yield Problem(("prometheus", "agent_mode"), "answers no queries, which cluster_addons.prometheus_adapter needs")
    yield from _without_effect(stack.prometheus, "prometheus", _OF_A_SERVER, "has no effect in agent mode")
    yield from _without_effect(stack.alert_rules, "alert_rules", tuple(type(stack.alert_rules).model_fields), NO_RULES)
    yield from _without_effect(
        stack.alertmanager,
        "alertmanager",
        tuple(type(stack.alertmanager).model_fields),
        f"{NO_RULES}, nor is there an Alertmanager",
    )
    if stack.thanos.enabled:
        yield Problem(("thanos", "enabled"), "ships the blocks of a Prometheus; one in agent mode makes none")
    if stack.istio.enabled and stack.istio.kiali.enabled:
        yield Problem(("istio", "kiali", "enabled"), "asks Prometheus, which answers no queries in agent mode")
    sources = stack.managed_prometheus.enabled or stack.grafana.data_sources
    if stack.grafana.enabled and not sources:
        yield Problem(
            ("grafana", "enabled"),
            "has nothing to show in agent mode: needs managed_prometheus.enabled or grafana.data_sources, or false",
        )
    for position, manifest in enumerate(stack.extra_manifests):
        if manifest.get("kind") in _OF_RULES:
            yield Problem(("extra_manifests", position), NO_RULES)


def _without_effect(settings: Settings, section: str, fields: tuple[str, ...], message: str) -> Iterator[Problem]:
    for field in fields:
        if field in settings.model_fields_set and getattr(settings, field):
            yield Problem((section, field), message)
