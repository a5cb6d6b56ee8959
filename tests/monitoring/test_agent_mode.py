"""Prometheus in agent mode: it sends everything on, and what would need a Prometheus that keeps samples is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operations.kubernetes.check_series import check
from operations.kubernetes.open_service import OpenServiceError
from tests.core.project import environment_text
from tests.environments import DATA, read_environment

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Synthesized

RULE_OBJECT = (
    "{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, metadata: {name: a, labels: {prometheus: main}}, "
    "spec: {groups: [{name: a, rules: [{record: a, expr: up}]}]}}"
)
AGENT = "prometheus: {agent_mode: true}\nmanaged_prometheus: {enabled: true}"


def test_what_the_chart_is_given(everything: Synthesized) -> None:
    values = everything["inside-kube-prom-stack"].values()
    assert values["prometheus"]["agentMode"] is True
    assert values["alertmanager"] == {"enabled": False}
    assert values["defaultRules"]["create"] is False
    assert values["additionalPrometheusRulesMap"] == {}
    assert [one["name"] for one in values["prometheus"]["prometheusSpec"]["remoteWrite"]] == ["mimir"]


def test_grafana_asks_the_store(everything: Synthesized, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    grafana = everything["inside-kube-prom-stack"].values()["grafana"]
    assert grafana["sidecar"]["datasources"]["defaultDatasourceEnabled"] is False
    assert grafana["sidecar"]["datasources"]["alertmanager"] == {"enabled": False}
    assert [(one["name"], one["isDefault"]) for one in grafana["additionalDataSources"]] == [("mimir", True)]
    environment = vary({
        "kube_prom_stack.prometheus": {"agent_mode": True},
        "kube_prom_stack.thanos": {},
        "kube_prom_stack.managed_prometheus": {"enabled": True},
        "kube_prom_stack.grafana.data_sources": {"loki": {"type": "loki", "url": "http://loki.logs:80"}},
    })  # fmt: skip
    sources = synthesize_one(environment)["dev-kube-prom-stack"].values()["grafana"]["additionalDataSources"]
    assert [(one["name"], one.get("isDefault")) for one in sources] == [("Managed Prometheus", True), ("loki", None)]


def test_a_server_is_as_it_was(synthesized: Synthesized) -> None:
    values = synthesized["dev-kube-prom-stack"].values()
    assert "agentMode" not in values["prometheus"]
    assert "defaultDatasourceEnabled" not in values["grafana"]["sidecar"]["datasources"]


def test_the_volume_holds_no_retention(project: Project) -> None:
    stack = f"{AGENT.replace('true}', 'true, volume_gib: 5}', 1)}"
    assert project.problems_of(environment_text(kube_prom_stack=stack)) == []


@pytest.mark.parametrize(
    ("stack", "problem"),
    [
        ("prometheus: {agent_mode: true}", "prometheus.agent_mode: sends every sample on and keeps none: needs"),
        (f"{AGENT}\nthanos: {{enabled: true}}", "thanos.enabled: ships the blocks of a Prometheus"),
        (f"{AGENT}\nalert_rules: {{files: [a]}}", "alert_rules.files: has no effect in agent mode"),
        (f"{AGENT}\nalert_rules: {{default_rules: true}}", "alert_rules.default_rules: has no effect in agent mode"),
        (
            f"{AGENT}\nalertmanager: {{receivers: {{a: {{webhook: {{url: 'http://a/'}}}}}}, default_receiver: a}}",
            "alertmanager.receivers: has no effect in agent mode: no rule is evaluated in the cluster, nor is there an",
        ),
        (f"{AGENT.replace('true}', 'true, retention: 5d}', 1)}", "prometheus.retention: has no effect in agent mode"),
        (
            "prometheus: {agent_mode: true, remote_write: {a: {url: 'http://a/'}}}",
            "grafana.enabled: has nothing to show in agent mode: needs managed_prometheus.enabled or grafana.data_so",
        ),
        (f"{AGENT}\nistio: {{enabled: true}}", "istio.kiali.enabled: asks Prometheus, which answers no queries"),
        (
            f"{AGENT}\nextra_manifests: [{RULE_OBJECT}]",
            "extra_manifests[0]: has no effect in agent mode",
        ),
    ],
)
def test_problem(stack: str, problem: str, project: Project) -> None:
    project.write("rules/a.yaml", "groups: [{name: a, rules: [{record: a, expr: up}]}]\n")
    found = project.problems_of(environment_text(kube_prom_stack=stack))
    assert any(f": kube_prom_stack.{problem}" in one for one in found), found


def test_the_adapter_has_nobody_to_ask(project: Project) -> None:
    addons = "prometheus_adapter: {enabled: true, external_metrics: {jobs: {series: jobs}}}"
    found = project.problems_of(environment_text(cluster_addons=addons, kube_prom_stack=AGENT))
    assert any(
        "prometheus.agent_mode: answers no queries, which cluster_addons.prometheus_adapter" in one for one in found
    )


def test_alerts_of_a_workload_are_refused(project: Project) -> None:
    workloads = "app: {image: 'registry.example.com/app:1.0.0', alerts: {down: {expr: up == 0, summary: down}}}"
    found = project.problems_of(environment_text(workloads=workloads, kube_prom_stack=AGENT))
    assert any("workloads.app.alerts: has no effect in agent mode" in one for one in found), found


def test_its_series_are_asked_elsewhere() -> None:
    with pytest.raises(OpenServiceError, match="in agent mode and keeps no series: ask its store"):
        check(read_environment(DATA / "inside.yaml"), None)
