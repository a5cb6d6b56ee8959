"""Managed Grafana: what settings refuse, the workspace, from where it is reached, and what its role may do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from config.monitoring.managed.managed_grafana import (
    ENDPOINTS_OF_DATA_SOURCES,
    WORKSPACE_ENDPOINT,
    ManagedGrafanaSettings,
    Members,
    NetworkAccess,
    Saml,
)
from tests.monitoring.small_stack import synthesize_stack

if TYPE_CHECKING:
    from pathlib import Path

    from cdktf import TerraformStack

    from constructs.aws.account import Account
    from tests.synthesis import Stack

USER = "9a67182d3b-0a1b2c3d-0000-4000-8000-0123456789ab"
GROUP = "0a1b2c3d-0000-4000-8000-0123456789ac"
TOPIC_ARN = "arn:aws:sns:us-east-2:123456789012:on-call"
KEY_ARN = "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
SAML = {
    "idp_metadata_url": "https://idp.example.com/metadata",
    "admin_role_values": ["sre"],
    "editor_role_values": ["developers"],
}
ACCOUNT_ID = "${data.aws_caller_identity.account_caller_1C5BE04F.account_id}"
WORKSPACE_ARN = "arn:aws:aps:us-east-2:123456789012:workspace/ws-0a1b2c3d"


def settings_of(**settings: Any) -> ManagedGrafanaSettings:
    return ManagedGrafanaSettings.model_validate_json(json.dumps({"enabled": True, **settings}))


def refusals(model: type[Any], **settings: Any) -> list[str]:
    """Return the problems, each behind its location, that a model finds across its settings."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(settings))
    (error,) = caught.value.errors()
    problems = error["ctx"]["error"].problems
    return [f"{'.'.join(map(str, (*error['loc'], *problem.location)))}: {problem.message}" for problem in problems]


def message(model: type[Any], **settings: Any) -> str:
    """Return the message, behind its location, with which one setting is refused."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(settings))
    (error,) = caught.value.errors()
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


def build(outdir: Path, settings: ManagedGrafanaSettings, *, with_topic: bool = False) -> Stack:
    from constructs.monitoring.managed.alert_topic import AlertTopicOutputs
    from constructs.monitoring.managed.managed_grafana import GrafanaNetwork, ManagedGrafana, ManagedGrafanaProps
    from constructs.monitoring.managed.prometheus_workspace import PrometheusWorkspaceOutputs

    prometheus = PrometheusWorkspaceOutputs(
        workspace_arn=WORKSPACE_ARN,
        workspace_id="ws-0a1b2c3d",
        prometheus_endpoint="https://aps-workspaces.us-east-2.amazonaws.com/workspaces/ws-0a1b2c3d/",
        region="us-east-2",
        topic=AlertTopicOutputs(topic_arn=f"{TOPIC_ARN}-amp") if with_topic else None,
    )
    network = GrafanaNetwork(vpc_id="vpc-1", vpc_cidr="10.0.0.0/16", private_subnet_ids=["subnet-1", "subnet-2"])

    def add(stack: TerraformStack, account: Account) -> None:
        props = ManagedGrafanaProps(
            name="dev-gd9", account=account, settings=settings, network=network, prometheus=prometheus
        )
        ManagedGrafana(stack, "grafana", props)

    return synthesize_stack(outdir, add)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return build(tmp_path_factory.mktemp("default"), settings_of())


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A workspace with all that it can have."""
    settings = settings_of(
        name="metrics",
        grafana_version="10.4",
        saml=SAML,
        permission_type="CUSTOMER_MANAGED",
        cloudwatch_log_groups=["/aws/eks/dev-gd9/*", "/aws/vpc"],
        notification_topics=[{"topic_arn": TOPIC_ARN, "kms_key_arn": KEY_ARN}],
        unified_alerting=False,
        plugin_management=True,
        admins={"group_ids": [GROUP]},
        editors={"user_ids": [USER]},
        network_access={"from_vpc": True, "prefix_list_ids": ["pl-0a1b"], "vpc_endpoint_ids": ["vpce-0a1b"]},
        in_vpc=True,
    )
    return build(tmp_path_factory.mktemp("full"), settings, with_topic=True)


def policy(stack: Stack, name: str) -> list[dict[str, Any]]:
    (role_policy,) = [body for body in stack.resources("aws_iam_role_policy").values() if body["name"] == name]
    statements: list[dict[str, Any]] = stack.policy_document(role_policy["policy"])["statement"]
    return statements


class TestSettings:
    def test_is_off_by_default(self) -> None:
        assert not ManagedGrafanaSettings().enabled

    def test_fails_when_nobody_could_sign_in(self) -> None:
        assert refusals(ManagedGrafanaSettings, aws_sso=False) == [
            "aws_sso: is false and saml is unset: nobody could sign in"
        ]

    @pytest.mark.parametrize("field", ["admins", "editors", "viewers"])
    def test_fails_on_members_without_identity_center(self, field: str) -> None:
        settings = {"aws_sso": False, "saml": SAML, field: {"user_ids": [USER]}}
        assert refusals(ManagedGrafanaSettings, **settings) == [
            f"{field}: names members of IAM Identity Center, which needs aws_sso"
        ]

    def test_fails_on_a_member_with_two_roles(self) -> None:
        assert refusals(ManagedGrafanaSettings, admins={"user_ids": [USER]}, viewers={"user_ids": [USER]}) == [
            f"viewers.user_ids.0: {USER} is among admins already"
        ]

    def test_fails_on_a_member_that_is_listed_twice(self) -> None:
        assert refusals(Members, group_ids=[GROUP, GROUP]) == [f"group_ids.1: {GROUP} is listed twice"]

    def test_fails_on_a_name_where_an_id_belongs(self) -> None:
        assert message(Members, user_ids=["alice"]) == (
            "user_ids.0: Value error, 'alice' is not the id of a user or group in IAM Identity Center"
        )

    def test_fails_without_data_sources(self) -> None:
        assert refusals(ManagedGrafanaSettings, data_sources=[]) == [
            "data_sources: is empty; a workspace needs something to query"
        ]

    def test_fails_on_a_data_source_that_is_listed_twice(self) -> None:
        assert refusals(ManagedGrafanaSettings, data_sources=["CLOUDWATCH", "CLOUDWATCH"]) == [
            "data_sources.1: CLOUDWATCH is listed twice"
        ]

    def test_fails_on_log_groups_without_cloudwatch(self) -> None:
        assert refusals(ManagedGrafanaSettings, data_sources=["PROMETHEUS"], cloudwatch_log_groups=["a"]) == [
            "cloudwatch_log_groups: needs CLOUDWATCH in data_sources"
        ]

    @pytest.mark.parametrize("group", ["*", "a*b", "a b", ""])
    def test_fails_on_a_log_group_that_cannot_be_one(self, group: str) -> None:
        assert message(ManagedGrafanaSettings, cloudwatch_log_groups=[group]) == (
            f"cloudwatch_log_groups.0: Value error, '{group}' is not the name of a log group, or its beginning and *"
        )

    @pytest.mark.parametrize("name", ["a b", ""])
    def test_fails_on_a_name_that_aws_refuses(self, name: str) -> None:
        assert message(ManagedGrafanaSettings, name=name) == (
            f"name: Value error, '{name}' is not a workspace name (letters, digits, -._~)"
        )

    def test_fails_on_a_long_name(self) -> None:
        text = message(ManagedGrafanaSettings, name="x" * 256)
        assert text.endswith(" has 256 characters; at most 255 are allowed")

    def test_fails_on_a_version_with_a_patch(self) -> None:
        assert message(ManagedGrafanaSettings, grafana_version="10.4.1") == (
            "grafana_version: Value error, '10.4.1' is not a version like 10.4, in quotes"
        )

    @pytest.mark.parametrize("metadata", [{}, {"idp_metadata_url": "https://a.example", "idp_metadata_xml": "<a/>"}])
    def test_fails_on_saml_without_exactly_one_source_of_metadata(self, metadata: dict[str, str]) -> None:
        roles = {"admin_role_values": ["a"], "editor_role_values": ["b"]}
        assert refusals(Saml, **roles, **metadata) == [": give either idp_metadata_url or idp_metadata_xml"]

    def test_fails_on_organizations_that_cannot_be_read(self) -> None:
        assert refusals(Saml, **SAML, allowed_organizations=["acme"]) == [
            "allowed_organizations: needs org_assertion, the attribute that holds the organizations"
        ]

    def test_fails_on_a_role_value_of_two_roles(self) -> None:
        assert refusals(Saml, **{**SAML, "editor_role_values": ["sre"]}) == [
            "editor_role_values: sre makes an administrator already"
        ]

    def test_fails_on_network_access_for_nobody(self) -> None:
        assert refusals(NetworkAccess) == [": permits no access; give from_vpc, prefix_list_ids or vpc_endpoint_ids"]

    def test_says_which_endpoints_the_network_needs(self) -> None:
        assert settings_of().needed_endpoints() == {}
        settings = settings_of(
            in_vpc=True, network_access={"from_vpc": True}, notification_topics=[{"topic_arn": TOPIC_ARN}]
        )
        assert settings.needed_endpoints() == {
            ("network_access", "from_vpc"): ("grafana-workspace",),
            ("in_vpc",): ("aps-workspaces", "ec2", "logs", "monitoring", "sns"),
        }

    def test_values_are_those_of_the_service_model(self) -> None:
        from botocore.session import Session

        model = Session().get_service_model("grafana")
        assert set(ENDPOINTS_OF_DATA_SOURCES) <= set(model.shape_for("DataSourceType").enum)
        assert set(model.shape_for("Role").enum) == {"ADMIN", "EDITOR", "VIEWER"}
        assert len(USER) <= model.shape_for("SsoId").metadata["max"]
        assert model.shape_for("SubnetIds").metadata["min"] == 2
        assert re.fullmatch(model.shape_for("WorkspaceName").metadata["pattern"], "dev-gd9")


class TestWorkspace:
    def test_default(self, default: Stack) -> None:
        workspace = default.resource("aws_grafana_workspace")
        assert workspace["name"] == "dev-gd9"
        assert workspace["account_access_type"] == "CURRENT_ACCOUNT"
        assert workspace["authentication_providers"] == ["AWS_SSO"]
        assert workspace["permission_type"] == "SERVICE_MANAGED"
        assert workspace["data_sources"] == ["PROMETHEUS", "CLOUDWATCH"]
        assert json.loads(workspace["configuration"]) == {
            "plugins": {"pluginAdminEnabled": False},
            "unifiedAlerting": {"enabled": True},
        }
        absent = {"grafana_version", "network_access_control", "vpc_configuration", "notification_destinations"}
        assert not absent & set(workspace)

    def test_waits_for_what_its_role_may_do(self, default: Stack) -> None:
        workspace = default.resource("aws_grafana_workspace")
        (role_id,) = default.resources("aws_iam_role")
        assert workspace["role_arn"] == f"${{aws_iam_role.{role_id}.arn}}"
        assert set(workspace["depends_on"]) == {
            f"aws_iam_role_policy.{id_}" for id_ in default.resources("aws_iam_role_policy")
        }

    def test_default_has_nothing_else(self, default: Stack) -> None:
        assert {type_ for type_, _, _ in default.all_resources()} == {
            "aws_grafana_workspace", "aws_iam_role", "aws_iam_role_policy",
        }  # fmt: skip

    def test_override(self, full: Stack) -> None:
        workspace = full.resource("aws_grafana_workspace")
        assert workspace["name"] == "metrics"
        assert workspace["grafana_version"] == "10.4"
        assert workspace["authentication_providers"] == ["AWS_SSO", "SAML"]
        assert workspace["permission_type"] == "CUSTOMER_MANAGED"
        assert workspace["notification_destinations"] == ["SNS"]
        assert json.loads(workspace["configuration"]) == {
            "plugins": {"pluginAdminEnabled": True},
            "unifiedAlerting": {"enabled": False},
        }

    def test_saml(self, full: Stack) -> None:
        saml = full.resource("aws_grafana_workspace_saml_configuration")
        (workspace_id,) = full.resources("aws_grafana_workspace")
        saml.pop("//")
        assert saml == {
            "workspace_id": f"${{aws_grafana_workspace.{workspace_id}.id}}",
            "idp_metadata_url": "https://idp.example.com/metadata",
            "role_assertion": "role",
            "admin_role_values": ["sre"],
            "editor_role_values": ["developers"],
            "name_assertion": "displayName",
            "login_assertion": "mail",
            "email_assertion": "mail",
            "login_validity_duration": 60,
        }

    def test_saml_alone(self, tmp_path: Path) -> None:
        stack = build(tmp_path, settings_of(aws_sso=False, saml=SAML))
        assert stack.resource("aws_grafana_workspace")["authentication_providers"] == ["SAML"]

    def test_roles(self, full: Stack) -> None:
        associations = full.resources("aws_grafana_role_association").values()
        members = {a["role"]: (a.get("user_ids"), a.get("group_ids")) for a in associations}
        assert members == {"ADMIN": (None, [GROUP]), "EDITOR": ([USER], None)}


class TestNetwork:
    def test_reached_through_the_vpcs_own_endpoint(self, full: Stack) -> None:
        ((id_, endpoint),) = full.data("aws_vpc_endpoint").items()
        assert endpoint["vpc_id"] == "vpc-1"
        assert endpoint["service_name"] == f"com.amazonaws.us-east-2.{WORKSPACE_ENDPOINT}"
        assert full.resource("aws_grafana_workspace")["network_access_control"] == {
            "prefix_list_ids": ["pl-0a1b"],
            "vpce_ids": [f"${{data.aws_vpc_endpoint.{id_}.id}}", "vpce-0a1b"],
        }

    def test_reached_from_prefix_lists_alone(self, tmp_path: Path) -> None:
        stack = build(tmp_path, settings_of(network_access={"prefix_list_ids": ["pl-0a1b"]}))
        access = stack.resource("aws_grafana_workspace")["network_access_control"]
        assert access == {"prefix_list_ids": ["pl-0a1b"], "vpce_ids": []}
        assert not stack.data("aws_vpc_endpoint")

    def test_reaches_the_vpc_by_https_only(self, full: Stack) -> None:
        (group_id,) = full.resources("aws_security_group")
        assert full.resource("aws_grafana_workspace")["vpc_configuration"] == {
            "security_group_ids": [f"${{aws_security_group.{group_id}.id}}"],
            "subnet_ids": ["subnet-1", "subnet-2"],
        }
        rule = full.resource("aws_vpc_security_group_egress_rule")
        assert (rule["cidr_ipv4"], rule["ip_protocol"], rule["from_port"], rule["to_port"]) == (
            "10.0.0.0/16", "tcp", 443, 443,
        )  # fmt: skip
        assert not full.resources("aws_vpc_security_group_ingress_rule")


class TestRole:
    def test_trusts_grafana_in_this_account_and_region(self, default: Stack) -> None:
        role = default.resource("aws_iam_role")
        assert role["name"] == "dev-gd9-managed-grafana"
        assert default.policy_document(role["assume_role_policy"])["statement"] == [
            {
                "actions": ["sts:AssumeRole"],
                "principals": [{"type": "Service", "identifiers": ["grafana.amazonaws.com"]}],
                "condition": [
                    {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT_ID]},
                    {
                        "test": "StringLike",
                        "variable": "aws:SourceArn",
                        "values": [f"arn:aws:grafana:us-east-2:{ACCOUNT_ID}:/workspaces/*"],
                    },
                ],
            }
        ]

    def test_queries_one_workspace(self, default: Stack) -> None:
        assert policy(default, "prometheus") == [
            {
                "actions": ["aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"],
                "resources": [WORKSPACE_ARN],
            }
        ]

    def test_reads_metrics_and_alarms_but_no_logs(self, default: Stack) -> None:
        assert policy(default, "cloudwatch") == [
            {
                "actions": [
                    "cloudwatch:DescribeAlarmsForMetric",
                    "cloudwatch:GetMetricData",
                    "cloudwatch:GetMetricStatistics",
                    "cloudwatch:ListMetrics",
                    "ec2:DescribeRegions",
                ],
                "resources": ["*"],
            },
            {
                "actions": ["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"],
                "resources": [f"arn:aws:cloudwatch:us-east-2:{ACCOUNT_ID}:alarm:*"],
            },
        ]

    def test_reads_the_chosen_log_groups(self, full: Stack) -> None:
        unscoped, _, logs = policy(full, "cloudwatch")
        assert unscoped["actions"][-2:] == ["logs:DescribeLogGroups", "logs:StopQuery"]
        assert logs == {
            "actions": ["logs:GetLogEvents", "logs:GetLogGroupFields", "logs:GetQueryResults", "logs:StartQuery"],
            "resources": [
                f"arn:aws:logs:us-east-2:{ACCOUNT_ID}:log-group:/aws/eks/dev-gd9/*:*",
                f"arn:aws:logs:us-east-2:{ACCOUNT_ID}:log-group:/aws/vpc:*",
            ],
        }

    def test_publishes_to_the_chosen_topics_and_the_alert_managers(self, full: Stack) -> None:
        assert policy(full, "notifications") == [
            {"actions": ["sns:Publish"], "resources": [f"{TOPIC_ARN}-amp"]},
            {"actions": ["sns:Publish"], "resources": [TOPIC_ARN]},
            {"actions": ["kms:Decrypt", "kms:GenerateDataKey"], "resources": [KEY_ARN]},
        ]

    @pytest.mark.parametrize(("source", "name"), [("PROMETHEUS", "prometheus"), ("CLOUDWATCH", "cloudwatch")])
    def test_queries_only_what_is_a_data_source(self, source: str, name: str, tmp_path: Path) -> None:
        stack = build(tmp_path, settings_of(data_sources=[source]))
        assert [body["name"] for body in stack.resources("aws_iam_role_policy").values()] == [name]
        assert stack.resource("aws_grafana_workspace")["data_sources"] == [source]
