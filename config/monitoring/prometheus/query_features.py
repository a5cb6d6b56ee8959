"""Features of PromQL that Prometheus must have switched on for what an environment evaluates.

https://prometheus.io/docs/prometheus/latest/feature_flags/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.languages.promql import read_expression
from config.monitoring.installed_files import installed_rules
from config.monitoring.prometheus.rule_files import expressions_of_groups, read_rule_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.environment import Environment


def features_of_queries(environment: Environment) -> list[str]:
    """Return the features, sorted: Prometheus refuses the rules that use others, and with them all rules."""
    return sorted({feature for query in _queries(environment) for feature in read_expression(query).features})


def _queries(environment: Environment) -> Iterator[str]:
    for name in installed_rules(environment):
        yield from expressions_of_groups(read_rule_groups(name))
    for manifest in environment.kube_prom_stack.extra_manifests:
        spec = manifest.get("spec")
        if manifest.get("kind") == "PrometheusRule" and isinstance(spec, dict):
            yield from expressions_of_groups(spec.get("groups"))
    if environment.workloads:
        from config.workloads.workload_files import read_workloads  # noqa: PLC0415 (only where there are workloads)

        for workload in read_workloads(environment).values():
            yield from (alert.expr for alert in workload.alerts.values())
    adapter = environment.cluster_addons.prometheus_adapter
    for metric in (*adapter.custom_metrics.values(), *adapter.external_metrics.values()) if adapter.enabled else ():
        yield metric.filled_in()
