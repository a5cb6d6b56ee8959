"""What an environment evaluates has its features of PromQL switched on, wherever the query is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from config.core.languages.promql import (
    DURATION_ARITHMETIC,
    EXPERIMENTAL_FUNCTIONS,
    EXTENDED_RANGES,
    FILL_MODIFIERS,
)
from config.environment import Environment
from config.monitoring.prometheus.query_features import features_of_queries
from tests.environments import DATA, EVERYTHING_FILE, read_environment

RULE = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "PrometheusRule",
    "metadata": {"name": "own", "labels": {"prometheus": "main"}},
    "spec": {"groups": [{"name": "own", "rules": [{"record": "own", "expr": "rate(x[5m * 2])"}]}]},
}
ADAPTER = {
    "enabled": True,
    "custom_metrics": {
        "requests": {
            "series": "x",
            "query": "sum(increase(<<.Series>>{<<.LabelMatchers>>}[1m] anchored)) by (<<.GroupBy>>)",
        }
    },
    "external_metrics": {"queue": {"series": "x", "query": "limitk(2, <<.Series>>{<<.LabelMatchers>>})"}},
}
WORKLOAD = {
    "image": "app:1", "ports": {"http": 80},
    "alerts": {"Gone": {"expr": "x + fill(0) y", "summary": "gone"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "feature"),
    [
        ({"kube_prom_stack": {"extra_manifests": [RULE]}}, DURATION_ARITHMETIC),
        ({"cluster_addons": {"prometheus_adapter": {**ADAPTER, "external_metrics": {}}}}, EXTENDED_RANGES),
        ({"cluster_addons": {"prometheus_adapter": {**ADAPTER, "custom_metrics": {}}}}, EXPERIMENTAL_FUNCTIONS),
        ({"workloads": {"app": WORKLOAD}}, FILL_MODIFIERS),
    ],
)
def test_switched_on(settings: dict[str, Any], feature: str) -> None:
    content = yaml.safe_load((DATA / "outside.yaml").read_text("utf-8"))
    for section, values in settings.items():
        content[section] = {**content.get(section, {}), **values}
    environment = Environment.model_validate_json(json.dumps(content))
    assert features_of_queries(environment) == [feature]


def test_nothing_is_switched_on_for_what_is_shipped() -> None:
    assert features_of_queries(read_environment(EVERYTHING_FILE)) == []
