"""The grafana-content stack: what it makes in which Grafana, as the provider's schema has it, and how it logs in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs.monitoring.content.grafana_content import shown_from
from operations.planning.stand_ins import examples_of
from operations.selection.synthesized import Synthesized as ReadStacks
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack, Synthesized

TOPIC = "arn:aws:sns:us-east-2:123456789012:alerts"
ROLE = "arn:aws:iam::123456789012:role/grafana-cloud"
# Required and optional arguments that are used here, with their types, of grafana/grafana 4.45.1.
# https://github.com/grafana/terraform-provider-grafana/tree/v4.45.1/docs
Schema = tuple[dict[str, type], dict[str, type]]
ARGUMENTS: dict[str, Schema] = {
    "grafana_folder": ({"title": str}, {"uid": str}),
    "grafana_dashboard": ({"config_json": str}, {"folder": str, "overwrite": bool}),
    "grafana_data_source": (
        {"name": str, "type": str},
        {"uid": str, "url": str, "is_default": bool, "json_data_encoded": str},
    ),
    "grafana_contact_point": ({"name": str}, {"sns": list}),
    "grafana_notification_policy": ({"contact_point": str, "group_by": list}, {}),
}
SNS: Schema = ({"topic": str}, {"auth_provider": str, "assume_role_arn": str, "message_format": str})


def refused(arguments: dict[str, Any], schema: Schema) -> list[str]:
    """Return the arguments that are missing, unknown or of another type."""
    required, optional = schema
    given = {name: value for name, value in arguments.items() if name not in ("//", "depends_on")}
    types = {**required, **optional}
    wrong = [name for name, value in given.items() if name not in types or not isinstance(value, types[name])]
    return sorted({*wrong, *(required.keys() - given.keys())})


@pytest.mark.parametrize("environment", ["another", "other"])
def test_resources_are_as_the_provider_knows_them(environment: str, everything: Synthesized) -> None:
    stack = everything[f"{environment}-grafana-content"]
    kinds = set()
    for type_, _, body in stack.all_resources():
        kinds.add(type_)
        assert refused(body, ARGUMENTS[type_]) == []
        for sns in body.get("sns", ()):
            assert refused(sns, SNS) == []
    assert {"grafana_folder", "grafana_dashboard", "grafana_data_source"} <= kinds
    assert set(stack.json["terraform"]["required_providers"]) == {"aws", "grafana", "http"}


def sources(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the data sources by uid, with their options as they are sent."""
    found = stack.resources("grafana_data_source").values()
    return {one["uid"]: {**one, "options": json.loads(one["json_data_encoded"])} for one in found}


@pytest.fixture
def managed(vary: Vary, synthesize_one: SynthesizeOne) -> Synthesized:
    alerts = {"alert_manager": {"definition_file": "managed-prometheus/alert-manager.yaml"}}
    settings = {
        "kube_prom_stack.managed_prometheus": {"enabled": True, **alerts},
        "kube_prom_stack.managed_grafana.enabled": True,
        "grafana_content.enabled": True,
    }
    return synthesize_one(vary(settings))


def test_managed_grafana_reads_what_it_needs(managed: Synthesized) -> None:
    stack = managed["dev-grafana-content"]
    state = "${data.terraform_remote_state.state-kube-prom-stack.outputs."
    assert stack.json["provider"]["grafana"] == [{"url": f"https://{state}grafana_endpoint}}"}]
    found = sources(stack)
    assert sorted(found) == ["cloudwatch", "managed-prometheus"]
    prometheus = found["managed-prometheus"]
    assert (prometheus["type"], prometheus["url"]) == ("prometheus", f"{state}prometheus_endpoint}}")
    assert prometheus["options"] == {
        "httpMethod": "POST", "sigV4Auth": True, "sigV4AuthType": "ec2_iam_role", "sigV4Region": "us-east-2",
    }  # fmt: skip
    assert found["cloudwatch"]["options"] == {"authType": "ec2_iam_role", "defaultRegion": "us-east-2"}
    (sns,) = stack.resource("grafana_contact_point")["sns"]
    assert sns == {"topic": f"{state}alert_topic_arn}}", "auth_provider": "default", "message_format": "text"}
    assert stack.resource("grafana_notification_policy")["contact_point"].startswith("${grafana_contact_point.")


def test_nothing_has_a_token(managed: Synthesized) -> None:
    assert "ephemeral" not in managed["dev-grafana-content"].json
    monitoring = managed["dev-kube-prom-stack"]
    account = monitoring.resource("aws_grafana_workspace_service_account")
    assert (account["name"], account["grafana_role"]) == ("eks-content", "ADMIN")
    assert monitoring.resources("aws_grafana_workspace_service_account_token") == {}


def test_a_secret_is_read_at_each_run_and_kept_nowhere(everything: Synthesized) -> None:
    stack = everything["another-grafana-content"].json
    assert stack["ephemeral"] == {
        "aws_secretsmanager_secret_version": {"token": {"secret_id": "monitoring/grafana-content"}}
    }
    reference = "${ephemeral.aws_secretsmanager_secret_version.token.secret_string}"
    assert stack["provider"]["grafana"][0]["auth"] == reference
    assert str(stack).count("ephemeral.aws_secretsmanager_secret_version") == 1


def test_grafana_outside_of_aws_assumes_a_role(everything: Synthesized) -> None:
    stack = everything["other-grafana-content"]
    assert stack.json["provider"]["grafana"][0]["url"] == "https://acme.grafana.net"
    prometheus = sources(stack)["managed-prometheus"]
    assert prometheus["type"] == "grafana-amazonprometheus-datasource"
    assert prometheus["options"]["sigV4AssumeRoleArn"] == ROLE
    for body in stack.resources("grafana_dashboard").values():
        assert '"query": "prometheus"' not in body["config_json"]


def test_dashboards_show_the_workspace() -> None:
    variable = {"type": "datasource", "query": "prometheus", "name": "datasource", "current": {}}
    panel = {"datasource": {"type": "prometheus", "uid": "${datasource}"}, "targets": [{"expr": "up"}]}
    shown = shown_from({"templating": {"list": [variable]}, "panels": [panel]}, "plugin")
    (chosen,) = shown["templating"]["list"]
    assert (chosen["query"], chosen["current"]["value"]) == ("plugin", "managed-prometheus")
    assert shown["panels"] == [{**panel, "datasource": {"type": "plugin", "uid": "${datasource}"}}]


def test_every_dashboard_is_in_its_folder(managed: Synthesized) -> None:
    stack = managed["dev-grafana-content"]
    folders = {id_: body["title"] for id_, body in stack.resources("grafana_folder").items()}
    assert set(folders.values()) >= {"cluster", "monitoring", "grafana.com"}
    for id_, body in stack.resources("grafana_dashboard").items():
        folder = body["folder"].removeprefix("${grafana_folder.").removesuffix(".uid}")
        assert folder in folders, id_
        if body["config_json"].startswith("{"):
            content = json.loads(body["config_json"].replace("$${", "${").replace("%%{", "%{"))
            assert content["uid"]
            assert content["title"]
    (download,) = stack.data("http").values()
    assert download["url"] == "https://grafana.com/api/dashboards/3119/revisions/2/download"
    (filled,) = (
        body["config_json"]
        for body in stack.resources("grafana_dashboard").values()
        if body["config_json"].startswith("${")
    )
    ((name, value),) = stack.json["locals"].items()
    assert value == "managed-prometheus"
    assert filled.endswith(f'.response_body, "/[$][{{]DS_PROMETHEUS[}}]/", local.{name})}}')


def test_it_is_planned_before_anything_exists(managed: Synthesized) -> None:
    stacks = ReadStacks.load(managed.outdir).stacks
    read = stacks["dev-grafana-content"].outputs_read()["state-kube-prom-stack"]
    assert read == {"grafana_endpoint", "prometheus_endpoint", "alert_topic_arn"}
    assert read <= examples_of(stacks["dev-kube-prom-stack"]).keys()


PROMETHEUS = "managed_prometheus: {enabled: true}"


@pytest.mark.parametrize(
    ("content", "monitoring", "problem"),
    [
        ("enabled: true", PROMETHEUS, "grafana_content.url: is needed where kube_prom_stack.managed_grafana is off"),
        (
            "{enabled: true, url: 'https://g.example.com'}",
            "namespace: monitoring",
            "grafana_content.enabled: needs kube_prom_stack.managed",
        ),
        ("{enabled: true, url: 'http://g.example.com'}", PROMETHEUS, "grafana_content.url: 'http://g.example.com' is"),
        ("{enabled: true, url: 'https://a:b@g.example.com'}", PROMETHEUS, "grafana_content.url: "),
        (f"{{role_arn: '{ROLE}'}}", PROMETHEUS, "grafana_content.role_arn: is for a Grafana outside of AWS"),
    ],
)
def test_problem(content: str, monitoring: str, problem: str, project: Project) -> None:
    found = project.problems_of(environment_text(kube_prom_stack=monitoring, grafana_content=content))
    assert any(f": {problem}" in one for one in found), found
