"""Which rule files and dashboards under `values/` an environment installs: those chosen, or all that have a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.core.feature import features_of, without_subject
from config.monitoring.grafana.dashboard_files import dashboard_names
from config.monitoring.prometheus.rule_files import rule_file_names

if TYPE_CHECKING:
    from config.environment import Environment


def installed_rules(environment: Environment) -> list[str]:
    """Return the files of `values/rules` that Prometheus evaluates, without .yaml, sorted."""
    stack = environment.kube_prom_stack
    if stack.prometheus.agent_mode:
        return []
    chosen = stack.alert_rules.files
    names = sorted(chosen) if chosen is not None else _with_subject(environment, rule_file_names())
    return [name for name in names if name not in stack.thanos.ruler.rule_files]


def installed_dashboards(environment: Environment) -> list[str]:
    """Return the dashboards of the kube-prom-stack stack as FOLDER/NAME, sorted; none without Grafana."""
    grafana = environment.kube_prom_stack.grafana
    if not grafana.enabled:
        return []
    return (
        sorted(grafana.dashboards) if grafana.dashboards is not None else _with_subject(environment, dashboard_names())
    )


def content_dashboards(environment: Environment) -> list[str]:
    """Return the dashboards of the grafana-content stack as FOLDER/NAME, sorted."""
    chosen = environment.grafana_content.dashboards
    return sorted(chosen) if chosen is not None else _with_subject(environment, dashboard_names())


def _with_subject(environment: Environment, files: list[str]) -> list[str]:
    stack = environment.kube_prom_stack
    left_out = without_subject(features_of(stack, stack.thanos, environment.cluster_addons))
    return [name for name in files if name not in left_out]
