"""The Prometheus adapter, which answers autoscalers from Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons.addon_release import AddonConstruct, AddonProps, spread_values

if TYPE_CHECKING:
    from pydantic import JsonValue

    from config.addons.adapter_metrics import AdapterQuery, CustomMetric, ExternalMetric
    from config.addons.prometheus_adapter import PrometheusAdapterSettings
    from constructs import Construct
    from constructs.helm.helm_values import Values

PROMETHEUS_PORT = 9090
# The probes' paths, which are allowed by default, and the metrics: else Prometheus would have to show its own token.
OPEN_PATHS = ("/healthz", "/livez", "/readyz", "/metrics")


class PrometheusAdapter(AddonConstruct):
    """The release; it runs before Prometheus does, and asks for it again every minute."""

    def __init__(self, scope: Construct, id_: str, props: AddonProps[PrometheusAdapterSettings]) -> None:
        super().__init__(scope, id_)
        self.release = props.create_release(self, _values(props))


def _values(props: AddonProps[PrometheusAdapterSettings]) -> Values:
    """Return the values of the pinned chart, whose security contexts are restricted already."""
    settings, context, name = props.settings, props.context, props.service_account.name
    return {
        **context.placement.values(),
        **spread_values(name, settings.replicas),
        "fullnameOverride": name,
        "customLabels": dict(context.labels),
        "extraArguments": [f"--authorization-always-allow-paths={','.join(OPEN_PATHS)}"],
        "image": {
            **context.repository("prometheus-adapter/prometheus-adapter"),
            "pullSecrets": list(context.image_pull_secrets),
        },
        # A budget for one replica would block the drain of its node.
        "podDisruptionBudget": {"enabled": settings.replicas > 1, "maxUnavailable": 1},
        "prometheus": {"url": context.prometheus_url, "port": PROMETHEUS_PORT},
        "replicas": settings.replicas,
        "resources": settings.resources.values(),
        "rules": _rules(settings),
        "serviceAccount": props.service_account_values(),
    }


def _rules(settings: PrometheusAdapterSettings) -> Values:
    """Return the rules: https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md."""
    return {
        # They would make every series of the cluster a metric, and list them all each minute.
        "default": False,
        "custom": [_custom_rule(name, metric) for name, metric in sorted(settings.custom_metrics.items())],
        "external": [_external_rule(name, metric) for name, metric in sorted(settings.external_metrics.items())],
    }


def _custom_rule(name: str, metric: CustomMetric) -> Values:
    overrides: Values = {label: _object(kind) for label, kind in metric.resources.items()}
    return {**_rule(name, metric), "resources": {"overrides": overrides}}


def _external_rule(name: str, metric: ExternalMetric) -> Values:
    resources: Values = (
        {"overrides": {"namespace": {"resource": "namespace"}}} if metric.namespaced else {"namespaced": False}
    )
    return {**_rule(name, metric), "resources": resources}


def _rule(name: str, metric: AdapterQuery) -> Values:
    return {"seriesQuery": metric.series, "metricsQuery": metric.query, "name": {"as": name}}


def _object(kind: str) -> JsonValue:
    resource, _, group = kind.partition(".")
    return {"resource": resource, "group": group} if group else {"resource": resource}
