"""Managed Prometheus: what settings refuse, the workspace, who may use it, and the values of the chart."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from config.monitoring.managed.alert_definition import definition_problems
from config.monitoring.managed.managed_prometheus import (
    ALIAS_MAX_LENGTH,
    COSTLY_METRICS,
    ExistingWorkspace,
    ManagedPrometheusSettings,
    RemoteWriteQueue,
    WorkspaceSettings,
)
from config.paths import DASHBOARDS
from config.paths import RULES as RULE_FILES
from tests.monitoring.small_stack import synthesize_stack
from tests.programs import need

if TYPE_CHECKING:
    from pathlib import Path

    from cdktf import TerraformStack

    from constructs.aws.account import Account
    from constructs.monitoring.managed.prometheus_workspace import PrometheusWorkspaceOutputs
    from tests.synthesis import Stack

WORKSPACE_ARN = "arn:aws:aps:eu-west-1:111122223333:workspace/ws-0a1b2c3d-0000-4000-8000-0123456789ab"
ENDPOINT = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0a1b2c3d-0000-4000-8000-0123456789ab/"
ROLE_ARN = "arn:aws:iam::111122223333:role/metrics-writer"
TOPIC_ARN = "arn:aws:sns:us-east-2:123456789012:on-call"
ACCOUNT_ID = "${data.aws_caller_identity.account_caller_1C5BE04F.account_id}"

RULES = 'groups:\n  - name: a\n    rules:\n      - {record: "b", expr: "c"} # ${d} %{e}\n'
DEFINITION = """\
template_files:
  default_template: '{{ define "sns.default.message" }}${x}{{ end }}'
alertmanager_config: |
  templates: [default_template]
  route:
    receiver: default
    repeat_interval: 4d
    routes:
      - receiver: nobody
        matchers: [severity="none"]
  receivers:
    - name: nobody
    - name: default
      sns_configs:
        - topic_arn: ${topic_arn}
          sigv4:
            region: ${region}
          send_resolved: true
"""
COSTLY = "|".join(COSTLY_METRICS)
FILES = {"rules/node.yaml": RULES, "rules/pods.yaml": RULES, "alert-manager.yaml": DEFINITION}


def settings_of(**settings: Any) -> ManagedPrometheusSettings:
    return ManagedPrometheusSettings.model_validate_json(json.dumps({"enabled": True, **settings}))


def refusals(model: type[Any], **settings: Any) -> list[str]:
    """Return the messages, each behind its location, with which a model refuses settings."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(settings))
    messages = []
    for error in caught.value.errors():
        problems = getattr(error.get("ctx", {}).get("error"), "problems", None)
        if problems is None:
            messages.append(f"{'.'.join(map(str, error['loc']))}: {error['msg']}")
        else:
            messages += [f"{'.'.join(map(str, (*error['loc'], *p.location)))}: {p.message}" for p in problems]
    return messages


class Built:
    """A synthesized stack with the construct, and what the construct gives to others."""

    stack: Stack
    outputs: PrometheusWorkspaceOutputs
    remote_write: dict[str, Any]
    data_source: dict[str, Any]

    def policy(self, name: str) -> list[dict[str, Any]]:
        (statements,) = [
            document["statement"]
            for id_, document in self.stack.data("aws_iam_policy_document").items()
            if id_.startswith(name)
        ]
        assert isinstance(statements, list)
        return statements


def build(outdir: Path, settings: ManagedPrometheusSettings) -> Built:
    from cdktf import TerraformOutput
    from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocument

    from constructs.monitoring.managed.managed_prometheus import ManagedPrometheus, ManagedPrometheusProps

    built = Built()

    def add(stack: TerraformStack, account: Account) -> None:
        props = ManagedPrometheusProps(name="dev-gd9", account=account, settings=settings, read_file=FILES.__getitem__)
        built.outputs = ManagedPrometheus(stack, "prometheus", props).outputs
        DataAwsIamPolicyDocument(stack, "let-write", statement=built.outputs.grant_write())
        DataAwsIamPolicyDocument(stack, "let-query", statement=built.outputs.grant_query())
        TerraformOutput(stack, "remote-write", value=built.outputs.remote_write(settings))
        TerraformOutput(stack, "data-source", value=built.outputs.grafana_data_source())

    built.stack = synthesize_stack(outdir, add)
    outputs = built.stack.json["output"]
    built.remote_write = outputs["remote-write"]["value"]
    built.data_source = outputs["data-source"]["value"]
    return built


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("own"), settings_of())


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A workspace with all that it can have."""
    settings = settings_of(
        workspace={
            "alias": "metrics",
            "retention_days": 400,
            "kms_key_arn": "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d",
            "logs": {"retention_days": 30},
        },
        remote_write={"max_samples_per_send": 500, "max_shards": 10, "capacity": 5000},
        keep_metrics=["node_.+", "up"],
        drop_metrics=["go_.*"],
        rule_files=["node", "pods"],
        alert_manager={"definition_file": "alert-manager.yaml"},
    )
    return build(tmp_path_factory.mktemp("full"), settings)


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Built:
    settings = settings_of(existing={"workspace_arn": WORKSPACE_ARN, "assume_role_arn": ROLE_ARN})
    return build(tmp_path_factory.mktemp("existing"), settings)


class TestSettings:
    def test_is_off_by_default(self) -> None:
        assert not ManagedPrometheusSettings().enabled

    @pytest.mark.parametrize("alias", ["dev gd9", "Dev_gd-9.a", "x" * ALIAS_MAX_LENGTH])
    def test_alias_is_taken(self, alias: str) -> None:
        assert WorkspaceSettings(alias=alias).alias == alias

    def test_fails_on_a_blank_that_aws_would_trim(self) -> None:
        assert refusals(WorkspaceSettings, alias="dev ") == [
            (
                "alias: Value error, 'dev ' is not an alias "
                "(letters, digits, inner spaces, _.-, starting with a letter or digit)"
            )
        ]

    def test_fails_on_a_long_alias(self) -> None:
        (message,) = refusals(WorkspaceSettings, alias="x" * (ALIAS_MAX_LENGTH + 1))
        assert message.endswith("has 101 characters; at most 100 are allowed")

    @pytest.mark.parametrize("days", [0, 1096])
    def test_fails_on_a_retention_that_aws_does_not_have(self, days: int) -> None:
        (message,) = refusals(WorkspaceSettings, retention_days=days)
        assert message.startswith("retention_days: ")

    def test_fails_on_a_multi_region_key(self) -> None:
        key = "arn:aws:kms:us-east-2:123456789012:key/mrk-0a1b2c3d"
        assert refusals(WorkspaceSettings, kms_key_arn=key) == [
            "kms_key_arn: the service takes no multi-Region key (mrk-…); give a key of one Region, or none"
        ]

    def test_region_and_id_are_read_from_the_arn(self) -> None:
        workspace = ExistingWorkspace(workspace_arn=WORKSPACE_ARN)
        assert (workspace.region, workspace.workspace_id) == ("eu-west-1", "ws-0a1b2c3d-0000-4000-8000-0123456789ab")

    def test_fails_on_an_arn_of_something_else(self) -> None:
        assert refusals(ExistingWorkspace, workspace_arn=TOPIC_ARN) == [
            (
                f"workspace_arn: Value error, '{TOPIC_ARN}' is not the ARN of a workspace "
                "(arn:aws:aps:REGION:ACCOUNT:workspace/ws-…)"
            )
        ]

    def test_fails_on_what_an_existing_workspace_cannot_have(self) -> None:
        assert refusals(
            ManagedPrometheusSettings,
            existing={"workspace_arn": WORKSPACE_ARN},
            workspace={"retention_days": 30},
            rule_files=["node"],
            alert_manager={"definition_file": "a.yaml"},
        ) == [
            "workspace: is for a workspace of its own; remove it, or existing",
            "rule_files: is for a workspace of its own; remove it, or existing",
            "alert_manager: is for a workspace of its own; remove it, or existing",
        ]

    def test_fails_on_a_queue_that_cannot_hold_one_request(self) -> None:
        assert refusals(RemoteWriteQueue, capacity=999) == [
            "capacity: 999 is below max_samples_per_send 1000; Prometheus advises 3 to 10 times as much"
        ]

    def test_fails_on_a_rule_file_that_is_listed_twice(self) -> None:
        assert refusals(ManagedPrometheusSettings, rule_files=["node", "node"]) == [
            "rule_files.1: node is listed twice"
        ]

    @pytest.mark.parametrize("pattern", ["a{b}", "node_(", "a b", ""])
    def test_fails_on_a_metric_pattern_that_is_none(self, pattern: str) -> None:
        (message,) = refusals(ManagedPrometheusSettings, drop_metrics=[pattern])
        assert message.startswith(f"drop_metrics.0: Value error, {pattern!r} is not a regular expression")

    def test_fails_on_a_fifo_topic(self) -> None:
        topic = f"{TOPIC_ARN}.fifo"
        alert_manager = {"definition_file": "a.yaml", "topic_arn": topic}
        assert refusals(ManagedPrometheusSettings, alert_manager=alert_manager) == [
            (
                f"alert_manager.topic_arn: Value error, '{topic}' is not the ARN of a standard SNS topic "
                "(arn:aws:sns:REGION:ACCOUNT:NAME)"
            )
        ]

    @pytest.mark.parametrize("file", ["/etc/a.yaml", "../a.yaml", "a.json"])
    def test_fails_on_a_definition_outside_values(self, file: str) -> None:
        assert refusals(ManagedPrometheusSettings, alert_manager={"definition_file": file}) == [
            f"alert_manager.definition_file: Value error, '{file}' is not a YAML file below values/, as a relative path"
        ]

    def test_limits_are_those_of_the_service_model(self) -> None:
        from botocore.session import Session

        model = Session().get_service_model("amp")
        assert model.shape_for("WorkspaceAlias").metadata == {"min": 1, "max": ALIAS_MAX_LENGTH}
        assert re.fullmatch(model.shape_for("WorkspaceArn").metadata["pattern"], WORKSPACE_ARN)
        assert model.shape_for("RuleGroupsNamespaceName").metadata["max"] >= 64


class TestDefinition:
    def problems(self, text: str) -> list[str]:
        import yaml

        return [f"{'.'.join(map(str, p.location))}: {p.message}" for p in definition_problems(yaml.safe_load(text))]

    def config_problems(self, old: str, new: str) -> list[str]:
        """Return what is wrong once a part of the good definition is another one."""
        assert old in DEFINITION
        return self.problems(DEFINITION.replace(old, new))

    def test_a_good_definition_has_no_problem(self) -> None:
        assert self.problems(DEFINITION) == []

    def test_fails_without_a_mapping(self) -> None:
        assert self.problems("[]") == [": is not a mapping with alertmanager_config"]

    def test_fails_on_a_mapping_where_text_belongs(self) -> None:
        assert self.problems("alertmanager_config: {}\nroute: {}") == [
            "route: unknown key; allowed: alertmanager_config, template_files",
            "alertmanager_config: must be a text block: write `alertmanager_config: |` and indent what follows",
        ]

    def test_fails_on_text_that_is_not_yaml(self) -> None:
        (message,) = self.problems("alertmanager_config: '{'")
        assert message.startswith("alertmanager_config: is not YAML (while parsing a flow node")

    @pytest.mark.parametrize("config", ["text", "[]", "'receivers: []'", "'{route: {}, receivers: {}}'"])
    def test_fails_without_route_and_receivers(self, config: str) -> None:
        (message,) = self.problems(f"alertmanager_config: {config}")
        assert message.startswith("alertmanager_config: ")

    def test_fails_on_another_kind_of_receiver(self) -> None:
        assert self.config_problems("    - name: nobody\n", "    - {name: nobody, slack_configs: []}\n") == [
            "alertmanager_config: receiver 'nobody': slack_configs is not supported; the only kind is sns_configs"
        ]

    def test_fails_on_a_receiver_without_name(self) -> None:
        assert self.config_problems("    - name: nobody\n", "    - {}\n    - name: nobody\n") == [
            "alertmanager_config: has a receiver without a name"
        ]

    @pytest.mark.parametrize("key", ["api_url", "http_config"])
    def test_fails_on_a_property_that_is_not_allowed(self, key: str) -> None:
        assert self.config_problems("send_resolved: true", f"{key}: x") == [
            f"alertmanager_config: receiver 'default': {key} is not allowed"
        ]

    def test_fails_without_the_region(self) -> None:
        assert self.config_problems("region: ${region}", "profile: x") == [
            "alertmanager_config: receiver 'default': needs sigv4 with region: ${region}"
        ]

    def test_fails_on_a_topic_that_no_setting_knows(self) -> None:
        assert self.config_problems("${topic_arn}", TOPIC_ARN) == [
            (
                "alertmanager_config: receiver 'default': topic_arn must be ${topic_arn}; "
                "the topic is chosen by the setting topic_arn"
            ),
            "alertmanager_config: names no topic; write topic_arn: ${topic_arn}",
        ]

    def test_fails_on_a_receiver_that_is_not_defined(self) -> None:
        assert self.config_problems("- receiver: nobody", "- receiver: somebody") == [
            "alertmanager_config: a route names receiver 'somebody'; receivers are default, nobody"
        ]

    @pytest.mark.parametrize("interval", ["6d", "121h", "1w"])
    def test_fails_on_an_interval_that_the_service_shortens(self, interval: str) -> None:
        assert self.config_problems("repeat_interval: 4d", f"repeat_interval: {interval}") == [
            f"alertmanager_config: repeat_interval {interval} is above 5d, the most that the service waits"
        ]


class TestShippedDefinition:
    """What `values/managed-prometheus/alert-manager.yaml` says, as the real Alertmanager reads it."""

    @pytest.fixture
    def definition(self, request: pytest.FixtureRequest) -> dict[str, str]:
        import yaml

        file = request.config.rootpath / "values" / "managed-prometheus" / "alert-manager.yaml"
        definition: dict[str, str] = yaml.safe_load(file.read_text())
        return definition

    @pytest.fixture
    def config(self, definition: dict[str, str], tmp_path: Path) -> Path:
        path = tmp_path / "alertmanager.yml"
        text = definition["alertmanager_config"].replace("${topic_arn}", TOPIC_ARN).replace("${region}", "us-east-2")
        path.write_text(text)
        return path

    def test_has_no_problem(self, definition: dict[str, str]) -> None:
        assert list(definition_problems(dict(definition))) == []

    def test_is_valid(self, config: Path) -> None:
        need("amtool")
        subprocess.run(["amtool", "check-config", config], check=True, capture_output=True)

    @pytest.mark.parametrize(
        ("severity", "receiver"),
        [("critical", "topic"), ("warning", "topic"), ("info", "nobody"), ("none", "nobody")],
    )
    def test_tells_the_topic_of_what_matters(self, severity: str, receiver: str, config: Path) -> None:
        need("amtool")
        command = ["amtool", "config", "routes", "test", f"--config.file={config}", f"severity={severity}"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert told.strip() == receiver


class TestWorkspace:
    def test_default(self, own: Built) -> None:
        workspace = own.stack.resource("aws_prometheus_workspace")
        assert workspace["alias"] == "dev-gd9"
        assert re.fullmatch(r"\$\{aws_kms_key\.prometheus_key_\w+\.arn\}", workspace["kms_key_arn"])
        group = workspace["logging_configuration"]["log_group_arn"]
        assert re.fullmatch(r"\$\{aws_cloudwatch_log_group\.prometheus_logs_\w+\.arn\}:\*", group)
        assert own.stack.resource("aws_prometheus_workspace_configuration")["retention_period_in_days"] == 150

    def test_logs_are_encrypted_and_expire(self, own: Built) -> None:
        group = own.stack.resource("aws_cloudwatch_log_group")
        assert group["name"] == "/aws/vendedlogs/prometheus/dev-gd9"
        assert group["retention_in_days"] == 365
        assert re.fullmatch(r"\$\{aws_kms_key\.prometheus_logs_key_\w+\.arn\}", group["kms_key_id"])

    def test_every_key_is_rotated(self, own: Built) -> None:
        keys = own.stack.resources("aws_kms_key").values()
        assert [key["enable_key_rotation"] for key in keys] == [True, True]

    def test_no_rules_and_no_alert_manager_by_default(self, own: Built) -> None:
        types = {type_ for type_, _, _ in own.stack.all_resources()}
        assert not types & {
            "aws_prometheus_rule_group_namespace", "aws_prometheus_alert_manager_definition", "aws_sns_topic",
        }  # fmt: skip

    def test_override(self, full: Built) -> None:
        workspace = full.stack.resource("aws_prometheus_workspace")
        assert workspace["alias"] == "metrics"
        assert workspace["kms_key_arn"] == "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
        assert full.stack.resource("aws_prometheus_workspace_configuration")["retention_period_in_days"] == 400
        assert full.stack.resource("aws_cloudwatch_log_group")["retention_in_days"] == 30

    def test_logs_can_be_off(self, tmp_path: Path) -> None:
        stack = build(tmp_path, settings_of(workspace={"logs": {"enabled": False}})).stack
        assert not stack.resources("aws_cloudwatch_log_group")
        assert "logging_configuration" not in stack.resource("aws_prometheus_workspace")

    def test_each_rule_file_is_a_namespace(self, full: Built) -> None:
        namespaces = full.stack.resources("aws_prometheus_rule_group_namespace").values()
        assert [namespace["name"] for namespace in namespaces] == ["node", "pods"]
        assert {namespace["data"] for namespace in namespaces} == {RULES.replace("${", "$${").replace("%{", "%%{")}

    def test_an_existing_workspace_needs_nothing(self, existing: Built) -> None:
        assert list(existing.stack.all_resources()) == []


class TestAlertManager:
    def test_definition_names_the_own_topic(self, full: Built) -> None:
        definition = full.stack.resource("aws_prometheus_alert_manager_definition")
        text = definition["definition"]
        assert re.search(r"topic_arn: \$\{aws_sns_topic\.prometheus_topic_\w+\.arn\}\n", text)
        assert "region: us-east-2\n" in text
        assert "${x}" in text
        (policy,) = definition["depends_on"]
        assert policy.startswith("aws_sns_topic_policy.prometheus_topic_policy_")

    def test_only_this_workspace_publishes_and_only_by_tls(self, full: Built) -> None:
        (topic,) = full.stack.resources("aws_sns_topic").values()
        assert topic["name"] == "dev-gd9-managed-prometheus-alerts"
        (topic_id,) = full.stack.resources("aws_sns_topic")
        arn = f"${{aws_sns_topic.{topic_id}.arn}}"
        (workspace_id,) = full.stack.resources("aws_prometheus_workspace")
        publish, refuse = full.policy("prometheus_topic")
        assert publish == {
            "sid": "ManagedPrometheusPublishes",
            "actions": ["sns:GetTopicAttributes", "sns:Publish"],
            "resources": [arn],
            "principals": [{"type": "Service", "identifiers": ["aps.amazonaws.com"]}],
            "condition": [
                {
                    "test": "ArnEquals",
                    "variable": "aws:SourceArn",
                    "values": [f"${{aws_prometheus_workspace.{workspace_id}.arn}}"],
                },
                {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT_ID]},
            ],
        }
        assert refuse["effect"] == "Deny"
        assert refuse["condition"] == [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]

    def test_topic_is_encrypted_by_a_key_that_the_service_may_use(self, full: Built) -> None:
        keys = full.stack.resources("aws_kms_key")
        (id_,) = [id_ for id_ in keys if "topic" in id_]
        assert full.stack.resource("aws_sns_topic")["kms_master_key_id"] == f"${{aws_kms_key.{id_}.arn}}"
        statements = json.loads(keys[id_]["policy"])["Statement"]
        assert statements[1] == {
            "Sid": "ManagedPrometheusUsesKey",
            "Effect": "Allow",
            "Principal": {"Service": "aps.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        }

    def test_a_given_topic_is_left_alone(self, tmp_path: Path) -> None:
        settings = settings_of(alert_manager={"definition_file": "alert-manager.yaml", "topic_arn": TOPIC_ARN})
        stack = build(tmp_path, settings).stack
        definition = stack.resource("aws_prometheus_alert_manager_definition")
        assert f"topic_arn: {TOPIC_ARN}\n" in definition["definition"]
        assert "depends_on" not in definition
        assert not stack.resources("aws_sns_topic")
        assert not stack.resources("aws_sns_topic_policy")


class TestPermissions:
    def test_writing_is_limited_to_the_workspace(self, own: Built) -> None:
        (id_,) = own.stack.resources("aws_prometheus_workspace")
        arn = f"${{aws_prometheus_workspace.{id_}.arn}}"
        assert own.policy("let-write") == [{"actions": ["aps:RemoteWrite"], "resources": [arn]}]

    def test_querying_is_limited_to_the_workspace(self, own: Built) -> None:
        (id_,) = own.stack.resources("aws_prometheus_workspace")
        actions = ["aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"]
        arn = f"${{aws_prometheus_workspace.{id_}.arn}}"
        assert own.policy("let-query") == [{"actions": actions, "resources": [arn]}]

    @pytest.mark.parametrize("use", ["let-write", "let-query"])
    def test_a_role_of_another_account_is_assumed(self, use: str, existing: Built) -> None:
        assert existing.policy(use) == [{"actions": ["sts:AssumeRole"], "resources": [ROLE_ARN]}]

    def test_without_a_role_the_existing_workspace_is_used_itself(self, tmp_path: Path) -> None:
        built = build(tmp_path, settings_of(existing={"workspace_arn": WORKSPACE_ARN}))
        assert built.policy("let-write") == [{"actions": ["aps:RemoteWrite"], "resources": [WORKSPACE_ARN]}]
        assert built.remote_write["sigv4"] == {"region": "eu-west-1"}
        assert "sigV4AssumeRoleArn" not in built.data_source["jsonData"]


class TestValues:
    REPLICA = (
        {"sourceLabels": ["prometheus_replica"], "targetLabel": "__replica__", "action": "replace"},
        {"regex": "prometheus_replica", "action": "labeldrop"},
    )

    def test_remote_write_default(self, own: Built) -> None:
        (id_,) = own.stack.resources("aws_prometheus_workspace")
        assert own.remote_write == {
            "name": "managed-prometheus",
            "url": f"${{aws_prometheus_workspace.{id_}.prometheus_endpoint}}api/v1/remote_write",
            "sigv4": {"region": "us-east-2"},
            "queueConfig": {"maxSamplesPerSend": 1000, "maxShards": 200, "capacity": 2500},
            "writeRelabelConfigs": [{"sourceLabels": ["__name__"], "regex": COSTLY, "action": "drop"}, *self.REPLICA],
        }

    def test_what_is_not_sent_by_default_is_read_by_nothing_here(self) -> None:
        read = [path.read_text("utf-8") for folder in (RULE_FILES, DASHBOARDS) for path in folder.rglob("*.*")]
        names = {name for text in read for name in re.findall(r"\w+", text)}
        assert "kube_node_status_condition" in names
        assert [name for name in names if re.fullmatch(COSTLY, name)] == []

    def test_everything_is_sent_where_that_is_said(self) -> None:
        assert ManagedPrometheusSettings().dropped_metrics == COSTLY_METRICS
        assert ManagedPrometheusSettings(drop_metrics=()).dropped_metrics == ()
        assert ManagedPrometheusSettings(keep_metrics=("apiserver_.*",)).dropped_metrics == ()

    def test_remote_write_override(self, full: Built) -> None:
        assert full.remote_write["queueConfig"] == {"maxSamplesPerSend": 500, "maxShards": 10, "capacity": 5000}
        assert full.remote_write["writeRelabelConfigs"] == [
            {"sourceLabels": ["__name__"], "regex": "node_.+|up", "action": "keep"},
            {"sourceLabels": ["__name__"], "regex": "go_.*", "action": "drop"},
            *self.REPLICA,
        ]

    def test_remote_write_to_another_account(self, existing: Built) -> None:
        assert existing.remote_write["url"] == f"{ENDPOINT}api/v1/remote_write"
        assert existing.remote_write["sigv4"] == {"region": "eu-west-1", "roleArn": ROLE_ARN}

    def test_data_source(self, existing: Built) -> None:
        assert existing.data_source == {
            "name": "Managed Prometheus",
            "uid": "managed-prometheus",
            "type": "grafana-amazonprometheus-datasource",
            "access": "proxy",
            "url": ENDPOINT,
            "jsonData": {
                "httpMethod": "POST",
                "sigV4Auth": True,
                "sigV4AuthType": "default",
                "sigV4Region": "eu-west-1",
                "sigV4AssumeRoleArn": ROLE_ARN,
            },
        }
