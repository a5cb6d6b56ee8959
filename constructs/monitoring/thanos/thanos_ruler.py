"""Values of the Thanos ruler, which the Prometheus operator runs, and the objects with its rules.

https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ThanosRulerSpec
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.monitoring.discovery import RULER_LABEL
from config.monitoring.prometheus.rule_files import rule_object_name
from constructs.helm.helm_values import claim_template, verbatim
from constructs.kubernetes.shapes import metadata, operator_object, role_annotation
from constructs.monitoring.thanos.thanos_query import thanos_query_url
from constructs.monitoring.thanos.thanos_secret import OBJECT_STORE_KEY
from constructs.monitoring.values.rule_values import own_rule_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.monitoring.kube_prom_stack import KubePromStackSettings
    from constructs.helm.helm_values import Values
    from constructs.monitoring.thanos.object_store import StoreAccess

# Of the operator: https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/thanos/statefulset.go
RULER_SERVICE = "thanos-ruler-operated"
RULER_REPLICA_LABEL = "thanos_ruler_replica"


@dataclass(frozen=True, kw_only=True)
class ThanosRulerProps:
    """The settings of the whole stack, and how the ruler gets into the bucket; `role_arn` is None without IAM."""

    cluster_name: str
    labels: Mapping[str, str]
    storage_class_name: str | None
    service_account: str
    role_arn: str | None
    secret_name: str
    access: StoreAccess
    settings: KubePromStackSettings


def thanos_ruler_values(props: ThanosRulerProps) -> Values:
    """Return the values of kube-prometheus-stack that run the ruler."""
    stack, ruler = props.settings, props.settings.thanos.ruler
    spec: Values = {
        "ruleSelector": {"matchLabels": {**_rule_labels(stack)}},
        "ruleNamespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": stack.namespace}},
        "replicas": ruler.replicas,
        "evaluationInterval": ruler.evaluation_interval,
        # As on the alerts of Prometheus, so that both are routed alike.
        "labels": {"cluster": props.cluster_name},
        "queryEndpoints": [thanos_query_url(stack.namespace)],
        # Each replica of Alertmanager by its own address: they tell each other what they sent.
        "alertmanagersUrl": [f"dns+http://alertmanager-operated.{stack.namespace}.svc.cluster.local:9093"],
        "objectStorageConfig": {"existingSecret": {"name": props.secret_name, "key": OBJECT_STORE_KEY}},
        "storage": claim_template(props.storage_class_name, ruler.volume_gib),
        "resources": ruler.resources.values(),
        **stack.placement.values(),
    }
    if stack.priority_class is not None:
        spec["priorityClassName"] = stack.priority_class
    parts = {"extraEnv": props.access.variables, "volumes": props.access.volumes, "volumeMounts": props.access.mounts}
    spec |= {key: [*items] for key, items in parts.items() if items}
    return {
        "thanosRuler": {
            "enabled": True,
            "serviceAccount": {"create": True, "name": props.service_account, **role_annotation(props.role_arn)},
            # A budget over one replica would let no node be drained.
            "podDisruptionBudget": {"enabled": ruler.replicas > 1},
            "thanosRulerSpec": spec,
        }
    }


def thanos_rules(props: ThanosRulerProps) -> Iterator[Values]:
    """Yield an object for each file of rules that the ruler evaluates; Prometheus selects none of them."""
    stack = props.settings
    labels = {**props.labels, **_rule_labels(stack)}
    for name in stack.thanos.ruler.rule_files:
        groups = own_rule_groups(name, stack.alert_rules.runbook_base_url)
        place = metadata(f"{stack.release_name}-ruler-{rule_object_name(name)}", stack.namespace, labels)
        yield verbatim(operator_object("PrometheusRule", place, {"groups": groups}))


def _rule_labels(stack: KubePromStackSettings) -> dict[str, str]:
    return {RULER_LABEL: stack.release_name}
