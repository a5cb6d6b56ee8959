"""What a network reaches: endpoints for each use of AWS, names of services, and what regions and zones lack."""

# ruff: noqa: E501 (a message stands on one line here, as it is printed)

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from checks import lacking_services
from config.core import aws, region_services
from config.network.endpoints import NODES, OWN_IN_CHINA, USUAL_IN_CHINA, InterfaceEndpoint, service_names
from config.network.reach import GATEWAYS, USES, WITHOUT_ENDPOINT
from tests.core.project import environment_text

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project

PRIVATE = f"zones: [us-east-2a, us-east-2b]\nnat_gateways: none\ninterface_endpoints: [{', '.join(NODES)}]"
ADDONS = "image_registry: mirror.example.com\n"
TOPIC = "{sns: {topic_arn: 'arn:aws:sns:us-east-2:123456789012:alerts'}}"
PAGER = "{pagerduty: {routing_key: {secrets_manager: monitoring/pagerduty}}}"
OUT_OF_REACH = "which is out of reach while network.nat_gateways is none"


@pytest.mark.parametrize(
    ("section", "text", "told"),
    [
        ("cluster_addons", "cluster_autoscaler: {enabled: true}", "cluster_autoscaler.enabled: needs autoscaling in"),
        ("cluster_addons", "aws_load_balancer_controller: {enabled: true}", "aws_load_balancer_controller.enabled: needs acm, elasticloadbalancing in"),
        ("cluster_addons", "aws_load_balancer_controller: {enabled: true, waf: true}", "aws_load_balancer_controller.waf: needs wafv2 in"),
        ("cluster_addons", "aws_load_balancer_controller: {enabled: true, shield: true}", f"aws_load_balancer_controller.shield: needs Shield Advanced, {OUT_OF_REACH}"),
        ("cluster_addons", "external_dns: {enabled: true, zones: [{id: Z1}]}", f"external_dns.enabled: needs Route 53, {OUT_OF_REACH}"),
        ("kube_prom_stack", "managed_prometheus: {enabled: true}", "managed_prometheus.enabled: needs aps-workspaces in"),
        ("kube_prom_stack", f"alertmanager: {{receivers: {{team: {TOPIC}}}, default_receiver: team}}", "alertmanager.receivers.team.sns: needs sns in"),
        ("kube_prom_stack", f"alertmanager: {{receivers: {{team: {PAGER}}}, default_receiver: team}}", "alertmanager.receivers.team.pagerduty.routing_key.secrets_manager: needs secretsmanager in"),
        ("workloads", "app: {image: 'mirror.example.com/app:1', aws: {sqs: [{queue: jobs, access: send}]}}", "app.aws.sqs: needs sqs in"),
        ("workloads", "app: {image: 'mirror.example.com/app:1', aws: {dynamodb: [{table: jobs, access: read}]}}", "app.aws.dynamodb: needs network.dynamodb_gateway_endpoint"),
    ],
)  # fmt: skip
def test_each_use_of_aws_needs_its_endpoint_without_nat_gateways(
    section: str, text: str, told: str, project: Project
) -> None:
    sections = {
        "cluster_addons": ADDONS,
        "kube_prom_stack": ADDONS,
        section: (ADDONS if section != "workloads" else "") + text,
    }
    problems = project.problems_of(environment_text(network=PRIVATE, **sections))
    assert any(f": {section}.{told}" in problem for problem in problems), problems


def test_nothing_is_needed_beside_a_nat_gateway_or_of_what_is_off(project: Project) -> None:
    on = "managed_prometheus: {enabled: true}"
    assert project.problems_of(environment_text(kube_prom_stack=on)) == []
    off = f"{ADDONS}managed_prometheus: {{enabled: false}}"
    assert project.problems_of(environment_text(network=PRIVATE, kube_prom_stack=off)) == []


def test_every_service_of_the_table_has_one_way_or_none() -> None:
    known = {*get_args(InterfaceEndpoint), *GATEWAYS, *WITHOUT_ENDPOINT}
    assert {service for services in USES.values() for service in services} <= known


@pytest.mark.parametrize(
    ("endpoint", "region", "name"),
    [
        ("ecr.api", "us-east-2", "com.amazonaws.us-east-2.ecr.api"),
        ("ecr.api", "cn-north-1", "cn.com.amazonaws.cn-north-1.ecr.api"),
        ("sts", "cn-northwest-1", "cn.com.amazonaws.cn-northwest-1.sts"),
        ("logs", "cn-north-1", "com.amazonaws.cn-north-1.logs"),
        ("s3", "cn-north-1", "com.amazonaws.cn-north-1.s3"),
        ("ec2", "us-gov-west-1", "com.amazonaws.us-gov-west-1.ec2"),
    ],
)
def test_services_have_the_names_of_their_partition(endpoint: str, region: str, name: str) -> None:
    assert service_names(endpoint, region) == (name,)


def test_a_name_that_is_not_known_is_looked_up(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    names = ("cn.com.amazonaws.cn-north-1.eks-auth", "com.amazonaws.cn-north-1.eks-auth")
    assert service_names("eks-auth", "cn-north-1") == names
    settings = {
        "region": "cn-north-1",
        "network.zones": ["cn-north-1a", "cn-north-1b"],
        "network.interface_endpoints": ["eks-auth"],
    }
    network = synthesize_one(vary(settings))["dev-network"]
    ((id_, service),) = network.data("aws_vpc_endpoint_service").items()
    assert service["filter"] == [{"name": "service-name", "values": list(names)}]
    assert "service_name" not in service
    found = {endpoint["service_name"] for endpoint in network.resources("aws_vpc_endpoint").values()}
    assert found == {"com.amazonaws.cn-north-1.s3", f"${{data.aws_vpc_endpoint_service.{id_}.service_name}}"}


def test_no_name_is_known_in_both_forms() -> None:
    assert not OWN_IN_CHINA & USUAL_IN_CHINA
    assert {*OWN_IN_CHINA, *USUAL_IN_CHINA} <= {*get_args(InterfaceEndpoint), *GATEWAYS}


def test_interface_endpoints_are_in_zones_that_have_the_service(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stack = synthesize_one(vary({"network.interface_endpoints": ["sts"]}))["dev-network"]
    ((id_, service),) = stack.data("aws_vpc_endpoint_service").items()
    assert (service["service_name"], service["service_type"]) == ("com.amazonaws.us-east-2.sts", "Interface")
    (endpoint,) = (
        one for one in stack.resources("aws_vpc_endpoint").values() if one["vpc_endpoint_type"] == "Interface"
    )
    assert endpoint["subnet_ids"].startswith("${matchkeys(")
    assert f"data.aws_vpc_endpoint_service.{id_}.availability_zones" in endpoint["subnet_ids"]


def test_the_table_of_services_by_region_is_that_of_botocore() -> None:
    assert region_services.FILE.read_text(encoding="utf-8") == lacking_services.content(), (
        "run python -m checks.lacking_services"
    )


@pytest.mark.parametrize(
    ("region", "text", "told"),
    [
        ("eu-south-1", "managed_grafana: {enabled: true}\nmanaged_prometheus: {enabled: true}", "managed_grafana.enabled: Amazon Managed Grafana is not in region eu-south-1"),
        ("cn-north-1", "managed_prometheus: {enabled: true}", "managed_prometheus.enabled: Amazon Managed Service for Prometheus is not in region cn-north-1"),
    ],
)  # fmt: skip
def test_a_service_that_the_region_lacks_is_refused(region: str, text: str, told: str, project: Project) -> None:
    problems = project.problems_of(
        environment_text(top=f"region: {region}", network=f"zones: [{region}a, {region}b]", kube_prom_stack=text)
    )
    assert any(problem.endswith(told) for problem in problems), problems


@pytest.mark.parametrize("region", aws.ZONES_WITHOUT_CONTROL_PLANE)
def test_zones_without_a_control_plane_fail_at_the_plan(region: str, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {"region": region, "network.zones": [f"{region}a", f"{region}b"]}
    stack = synthesize_one(vary(settings))["dev-network"]
    assert {zone["name"] for zone in stack.data("aws_availability_zone").values()} == set(settings["network.zones"])
    private = [one for id_, one in stack.resources("aws_subnet").items() if "private" in id_]
    assert len(private) == 2
    for subnet in private:
        (condition,) = subnet["lifecycle"]["precondition"]
        unfit = aws.ZONES_WITHOUT_CONTROL_PLANE[region][0]
        assert condition["condition"].startswith(f'${{!contains(["{unfit}"], data.aws_availability_zone.')


@pytest.mark.parametrize(("region", "told"), [("mx-central-1", {"skip_region_validation": True}), ("us-east-2", {})])
def test_the_s3_backend_takes_regions_that_terraform_does_not_know(
    region: str, told: dict[str, bool], vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    backend = {"type": "s3", "bucket": "some-state", "region": region}
    made = synthesize_one(vary({"backend": backend}))["dev-network"].json["terraform"]["backend"]["s3"]
    assert {key: value for key, value in made.items() if key.startswith("skip_")} == told
