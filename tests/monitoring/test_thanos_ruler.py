"""The Thanos ruler: what the operator is given, and that each rule is evaluated by it or by Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checks.releases import as_deployed
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack

RULER = "thanos: {enabled: true, ruler: {enabled: true, rule_files: [a]}}"
RULES = "groups: [{name: a, rules: [{record: a, expr: up}]}]\n"


def rule_objects(stack: Stack) -> list[dict[str, Any]]:
    manifests = as_deployed(stack.values()["extraManifests"])
    return [one for one in manifests if one["kind"] == "PrometheusRule"]


@pytest.fixture
def stack(vary: Vary, synthesize_one: SynthesizeOne) -> Stack:
    """Thanos with a ruler and nothing but its defaults."""
    thanos = {"enabled": True, "ruler": {"enabled": True, "rule_files": ["volumes", "node"]}}
    return synthesize_one(vary({"kube_prom_stack.thanos": thanos}))["dev-kube-prom-stack"]


def test_what_the_operator_is_given(stack: Stack) -> None:
    values = stack.values()["thanosRuler"]
    spec = values["thanosRulerSpec"]
    assert values["podDisruptionBudget"] == {"enabled": False}
    assert spec["queryEndpoints"] == ["http://thanos-query.monitoring:9090"]
    assert spec["alertmanagersUrl"] == ["dns+http://alertmanager-operated.monitoring.svc.cluster.local:9093"]
    assert spec["labels"] == {"cluster": "dev-gd9"}
    assert spec["objectStorageConfig"] == {"existingSecret": {"name": "thanos-objstore", "key": "objstore.yml"}}
    assert spec["storage"]["volumeClaimTemplate"]["spec"]["resources"] == {"requests": {"storage": "5Gi"}}
    assert not {"volumes", "volumeMounts", "extraEnv"} & set(spec)


def test_its_role_writes_to_the_bucket_and_trusts_its_service_account(stack: Stack) -> None:
    account = stack.values()["thanosRuler"]["serviceAccount"]
    assert account["name"] == "kube-prometheus-stack-thanos-ruler"
    arn = account["annotations"]["eks.amazonaws.com/role-arn"]
    role = stack.resources("aws_iam_role")[arn.removeprefix("${aws_iam_role.").removesuffix(".arn}")]
    assert role["name"] == "dev-gd9-thanos-ruler"
    (statement,) = stack.policy_document(role["assume_role_policy"])["statement"]
    assert statement["condition"][0]["values"] == [
        "system:serviceaccount:monitoring:kube-prometheus-stack-thanos-ruler"
    ]
    (policy,) = (id_ for id_ in stack.resources("aws_iam_role_policy") if id_.startswith("thanos-ruler-role"))
    assert f"aws_iam_role_policy.{policy}" in stack.release()["depends_on"]


def test_each_rule_is_evaluated_by_one(stack: Stack) -> None:
    selector = stack.values()["thanosRuler"]["thanosRulerSpec"]["ruleSelector"]["matchLabels"]
    assert selector == {"thanos-ruler": "kube-prometheus-stack"}
    names = set()
    for one in rule_objects(stack):
        labels = one["metadata"]["labels"]
        assert selector.items() <= labels.items()
        assert labels.get("prometheus") is None, "Prometheus would evaluate it too"
        names.add(one["metadata"]["name"])
    assert names == {"kube-prometheus-stack-ruler-volumes", "kube-prometheus-stack-ruler-node"}
    assert not {"volumes", "node"} & set(stack.values()["additionalPrometheusRulesMap"])
    assert "thanos-ruler" in stack.values()["additionalPrometheusRulesMap"], "who evaluates it cannot tell"


def test_query_reads_what_it_records(stack: Stack) -> None:
    query = stack.values("thanos")["query"]
    assert "dnssrv+_grpc._tcp.thanos-ruler-operated.monitoring.svc.cluster.local" in query["endpoints"]["static"]
    assert query["replicaLabels"] == ["prometheus_replica", "thanos_ruler_replica"]


def test_nodes_and_replicas(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    environment = vary({
        "kube_prom_stack.thanos": {"enabled": True, "ruler": {"enabled": True, "rule_files": ["node"], "replicas": 2}},
        "kube_prom_stack.placement": {"node_selector": {"role": "monitoring"}},
        "kube_prom_stack.priority_class": "system-cluster-critical",
    })  # fmt: skip
    values = synthesize_one(environment)["dev-kube-prom-stack"].values()["thanosRuler"]
    assert values["podDisruptionBudget"] == {"enabled": True}
    spec = values["thanosRulerSpec"]
    assert (spec["nodeSelector"], spec["priorityClassName"]) == ({"role": "monitoring"}, "system-cluster-critical")


@pytest.mark.parametrize(
    ("stack", "problem"),
    [
        ("thanos: {enabled: true, ruler: {enabled: true}}", "ruler.rule_files: is empty"),
        ("thanos: {enabled: true, ruler: {rule_files: [a]}}", "ruler.rule_files: has no effect while enabled is false"),
        ("thanos: {ruler: {enabled: true, rule_files: [a]}}", "ruler.enabled: asks Thanos Query"),
        (
            "thanos: {enabled: true, read_path: false, ruler: {enabled: true, rule_files: [a]}}",
            "ruler.enabled: asks Thanos Query",
        ),
        (
            "thanos: {enabled: true, ruler: {enabled: true, rule_files: [a, a]}}",
            "ruler.rule_files[1]: a is listed twice",
        ),
        (
            "thanos: {enabled: true, ruler: {enabled: true, rule_files: [thanos]}}",
            "ruler.rule_files[0]: thanos is about Thanos itself",
        ),
        (
            "thanos: {enabled: true, ruler: {enabled: true, rule_files: [b]}}",
            "ruler.rule_files[0]: there is no file 'b'; there are: a",
        ),
        (
            f"alert_rules: {{files: [a]}}\n{RULER}",
            "ruler.rule_files[0]: a is in alert_rules.files too; each alert would be sent twice",
        ),
        (
            f"managed_prometheus: {{enabled: true, rule_files: [a]}}\n{RULER}",
            "ruler.rule_files[0]: a is in managed_prometheus.rule_files too",
        ),
    ],
)
def test_problem(stack: str, problem: str, project: Project) -> None:
    project.write("rules/a.yaml", RULES)
    found = project.problems_of(environment_text(kube_prom_stack=stack))
    assert any(f": kube_prom_stack.thanos.{problem}" in one for one in found), found
