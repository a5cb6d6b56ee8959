"""What users add: synthesized as the programs take it, refused where they would not."""

# ruff: noqa: E501 (a case stands on one line)

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from checks.releases import as_deployed
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Vary
    from tests.synthesis import Stack, Synthesized


@pytest.fixture(scope="module")
def stack(everything: Synthesized) -> Stack:
    return everything["other-kube-prom-stack"]


@pytest.fixture(scope="module")
def values(stack: Stack) -> dict[str, Any]:
    deployed: dict[str, Any] = as_deployed(stack.values())
    return deployed


def statements(stack: Stack, name: str) -> list[dict[str, Any]]:
    """Return the statements of the policy documents whose construct has a name."""
    documents = stack.json["data"]["aws_iam_policy_document"]
    return [one for key, body in documents.items() if name in key for one in body["statement"]]


class TestPrometheus:
    def test_promtool_takes_the_jobs(self, values: dict[str, Any], tmp_path: Path) -> None:
        need("promtool")
        file = tmp_path / "prometheus.json"
        # Not every promtool is built with all kinds of discovery.
        jobs = [
            {key: value for key, value in job.items() if not key.endswith("_sd_configs")}
            for job in values["prometheus"]["prometheusSpec"]["additionalScrapeConfigs"]
        ]
        file.write_text(json.dumps({"scrape_configs": jobs}))
        done = subprocess.run(["promtool", "check", "config", str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_instances_are_found_by_their_tags_and_region(self, values: dict[str, Any]) -> None:
        jobs = {job["job_name"]: job for job in values["prometheus"]["prometheusSpec"]["additionalScrapeConfigs"]}
        (discovery,) = jobs["ec2-nodes"]["ec2_sd_configs"]
        assert (discovery["region"], discovery["port"]) == ("us-east-2", 9100)
        assert discovery["filters"] == [
            {"name": "tag:env", "values": ["prod"]},
            {"name": "tag:monitoring", "values": ["prometheus*"]},
            {"name": "instance-state-name", "values": ["running"]},
        ]
        assert {"target_label": "team", "replacement": "sre$$1"} in jobs["ec2-nodes"]["relabel_configs"]
        assert jobs["ec2-abroad"]["ec2_sd_configs"][0]["region"] == "eu-west-1"

    def test_its_role_may_discover_and_what_is_listed(self, stack: Stack, values: dict[str, Any]) -> None:
        assert "eks.amazonaws.com/role-arn" in values["prometheus"]["serviceAccount"]["annotations"]
        assert {"ec2:DescribeInstances", "ec2:DescribeAvailabilityZones"} == {
            action for one in statements(stack, "ec2-targets") for action in one["actions"]
        }
        assert [one["actions"] for one in statements(stack, "own-tags")] == [["tag:GetResources"]]

    def test_nodes_are_let_in(self, stack: Stack) -> None:
        rule = stack.resource("aws_vpc_security_group_ingress_rule")
        assert (rule["security_group_id"], rule["from_port"], rule["to_port"]) == ("sg-0123456789abcdef0", 9100, 9100)
        assert "cluster_security_group_id" in rule["referenced_security_group_id"]

    def test_stores_are_written_to_with_secrets_by_reference(self, values: dict[str, Any]) -> None:
        entries = {entry["name"]: entry for entry in values["prometheus"]["prometheusSpec"]["remoteWrite"]}
        assert set(entries) == {"managed-prometheus", "mimir", "victoria"}
        assert entries["mimir"]["basicAuth"]["password"] == {"name": "mimir", "key": "password"}
        assert entries["mimir"]["headers"] == {"X-Scope-OrgID": "gd9"}
        assert entries["mimir"]["writeRelabelConfigs"] == [
            {"action": "keep", "sourceLabels": ["__name__"], "regex": "node_.*|up"},
            {"action": "drop", "sourceLabels": ["__name__"], "regex": "node_scrape_.*"},
        ]
        assert entries["victoria"]["authorization"]["credentials"] == {"name": "victoria", "key": "token"}
        assert entries["victoria"]["queueConfig"]["maxShards"] == 5

    def test_a_store_is_read_from(self, values: dict[str, Any]) -> None:
        entry, other = values["prometheus"]["prometheusSpec"]["remoteRead"]
        assert other["basicAuth"]["username"] == {"name": "archive", "key": "user"}
        assert (entry["readRecent"], entry["authorization"]["credentials"]["name"]) == (True, "mimir")


class TestServices:
    def test_a_service_by_https_with_a_token_and_filters(self, values: dict[str, Any]) -> None:
        (monitor,) = (one for one in values["extraManifests"] if one["metadata"]["name"] == "service-api")
        assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["shop", "staging"]}
        assert monitor["spec"]["endpoints"] == [{
            "targetPort": 8443,
            "path": "/metrics",
            "scheme": "https",
            "tlsConfig": {"insecureSkipVerify": False, "ca": {"secret": {"name": "shop-ca", "key": "ca.crt"}}, "serverName": "api.shop"},
            "authorization": {"type": "Bearer", "credentials": {"name": "shop", "key": "token"}},
            "metricRelabelings": [
                {"action": "keep", "sourceLabels": ["__name__"], "regex": "http_.*|up"},
                {"action": "drop", "sourceLabels": ["__name__"], "regex": "http_debug_.*"},
            ],
        }]  # fmt: skip


def test_every_pod_has_the_priority(values: dict[str, Any]) -> None:
    specs = (
        values["prometheus"]["prometheusSpec"],
        values["alertmanager"]["alertmanagerSpec"],
        values["prometheusOperator"],
        values["grafana"],
        values["kube-state-metrics"],
        values["prometheus-node-exporter"],
    )
    assert {spec["priorityClassName"] for spec in specs} == {"system-cluster-critical"}


def test_only_the_own_namespace_and_those_listed_are_let_in(values: dict[str, Any]) -> None:
    sources = [{"podSelector": {}}, {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}]
    assert values["prometheus"]["networkPolicy"] == {"enabled": True, "ingress": [{"from": sources}], "egress": [{}]}
    assert values["alertmanager"]["networkPolicy"] == {"enabled": True, "additionalIngress": [{"from": sources}]}


class TestGrafana:
    def test_data_sources_get_their_secrets_from_the_environment(self, values: dict[str, Any]) -> None:
        sources = {source["name"]: source for source in values["grafana"]["additionalDataSources"]}
        assert sources["loki"]["secureJsonData"] == {"basicAuthPassword": "$DATA_SOURCE_LOKI_BASICAUTHPASSWORD"}
        variables = values["grafana"]["envValueFrom"]
        assert variables["DATA_SOURCE_LOKI_BASICAUTHPASSWORD"] == {"secretKeyRef": {"name": "loki", "key": "password"}}
        of_sources = {name for name in variables if name.startswith("DATA_SOURCE_")}
        assert of_sources == {"DATA_SOURCE_LOKI_BASICAUTHPASSWORD", "DATA_SOURCE_ORDERS_PASSWORD"}

    def test_uids_are_the_names_unless_given(self, values: dict[str, Any]) -> None:
        uids = {source["name"]: source["uid"] for source in values["grafana"]["additionalDataSources"]}
        assert (uids["loki"], uids["traces"]) == ("loki", "tempo")

    def test_cloudwatch_is_of_the_region_and_permitted(self, values: dict[str, Any], stack: Stack) -> None:
        (source,) = (one for one in values["grafana"]["additionalDataSources"] if one["name"] == "cloudwatch")
        assert source["jsonData"] == {"authType": "default", "defaultRegion": "us-east-2"}
        actions = {action for one in statements(stack, "cloudwatch") for action in one["actions"]}
        assert "cloudwatch:GetMetricData" in actions
        assert not [action for action in actions if "*" in action or "Put" in action]


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("prometheus.iam_statements", {"x": {"actions": ["s3:*"], "resources": ["*"]}}, "more than monitoring needs"),
        ("prometheus.iam_statements", {"x": {"actions": ["*"], "resources": ["*"]}}, "is not an action like"),
        ("prometheus.ec2_targets", {"x": {"port": 9100, "tags": {}}}, "at least 1"),
        ("prometheus.extra_scrape_configs", [{"job_name": "x", "ec2_sd_configs": [{"region": "us-east-2"}]}], "needs a role"),
        ("prometheus.extra_scrape_configs", [{"job_name": "x", "basic_auth": {"password": "y"}}], "is a secret in plain"),
        ("prometheus.remote_write", {"x": {"url": "https://a", "keep_metrics": ["(?!a)"]}}, "no regular expression of RE2"),
        ("prometheus.remote_write", {"x": {"url": "https://a:b@c/"}}, "has a login in it"),
        ("prometheus.remote_write", {"x": {"url": "https://a", "headers": {"Authorization": "x"}}}, "is a secret in plain"),
        ("prometheus.remote_write", {"x": {"url": "https://a", "capacity": 1}}, "is below max_samples_per_send"),
        ("services", {"x": {"namespace": "a", "ca": {"secret": "a", "key": "b"}}}, "requires scheme https"),
        ("services", {"x": {"namespace": "a", "port": "http", "target_port": 80}}, "cannot be used with port"),
        ("services", {"x": {"namespace": "a", "drop_metrics": ["(?!a)"]}}, "no regular expression of RE2"),
        ("network_policies", {"namespaces": ["a"]}, "has no effect while enabled is false"),
        ("grafana.data_sources", {"prometheus": {"type": "loki"}}, "is the uid of another data source"),
        ("grafana.data_sources", {"a": {"type": "loki", "uid": "b"}, "b": {"type": "loki"}}, "is the uid of another"),
        ("grafana.data_sources", {"a": {"type": "loki", "options": {"token": "x"}}}, "give it in secure"),
        ("grafana.data_sources", {"a": {"type": "loki", "basic_auth_user": "x"}}, "requires basicAuthPassword"),
    ],
)  # fmt: skip
def test_refused(setting: str, value: Any, message: str, vary: Vary) -> None:
    with pytest.raises(ValidationError, match=message):
        vary({f"kube_prom_stack.{setting}": value})
