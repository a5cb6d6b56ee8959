"""Values of the rules: the chart's default ones by group, and our own from `values/rules/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.monitoring.prometheus.rule_files import read_rule_groups, rule_object_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from constructs.helm.helm_values import Values

RUNBOOKS = "docs/runbook.md#"
# Certificates of kubelets on EKS last for 45 days, and kubelets renew them when 10 % to 30 % of that are left: 4.5 days
# at the latest. The chart warns a week before they end.
# https://docs.aws.amazon.com/eks/latest/userguide/cert-signing.html
# https://github.com/prometheus-community/helm-charts/issues/6918
CERTIFICATE_WARNING_SECONDS = 3 * 24 * 3600


def rule_values(settings: KubePromStackSettings, files: Iterable[str]) -> Values:
    """Return the switches of the default rules, and our own files as they are: the chart does not template them."""
    rules = settings.alert_rules
    return {
        "defaultRules": {
            "create": rules.default_rules and not settings.prometheus.agent_mode,
            "rules": dict.fromkeys(rules.disabled_groups, False),
            "kubeletServerCertificateExpiration": {"warning": CERTIFICATE_WARNING_SECONDS},
        },
        "additionalPrometheusRulesMap": {
            # The key becomes part of a Kubernetes name.
            rule_object_name(name): {"groups": own_rule_groups(name, rules.runbook_base_url)}
            for name in files
        },
    }


def own_rule_groups(name: str, runbook_base_url: str | None) -> list[JsonValue]:
    """Return the groups of a file, with the runbooks where their readers find them."""
    return [
        {**group, "rules": [_with_runbook(rule, runbook_base_url) for rule in group["rules"]]}
        for group in read_rule_groups(name)
    ]


def _with_runbook(rule: JsonValue, base_url: str | None) -> JsonValue:
    if base_url is None or not isinstance(rule, dict):
        return rule
    annotations = rule.get("annotations")
    if not isinstance(annotations, dict) or not str(annotations.get("runbook_url", "")).startswith(RUNBOOKS):
        return rule
    return {**rule, "annotations": {**annotations, "runbook_url": f"{base_url}{annotations['runbook_url']}"}}
