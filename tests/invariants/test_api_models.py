"""Literal arguments of AWS resources against what the APIs take: patterns, lengths, enumerations, what is required.

The service models are those of botocore. Resources are those of the environments that give every setting, and of
environments with the longest names in each partition.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.session
import pytest

from config.core import aws
from config.environment import Environment
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape, StructureShape

    from tests.synthesis import Synthesized


class Operation(NamedTuple):
    """What creates a resource: the members of its input by other names of attributes, and those given elsewhere."""

    service: str
    name: str
    renamed: dict[str, str] = {}  # noqa: RUF012 (nothing changes it)
    given_elsewhere: tuple[str, ...] = ()


OPERATIONS = {
    "aws_cloudwatch_event_rule": Operation("events", "PutRule"),
    "aws_cloudwatch_log_group": Operation("logs", "CreateLogGroup", {"name": "logGroupName"}),
    "aws_db_subnet_group": Operation(
        "rds", "CreateDBSubnetGroup", {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"}
    ),
    "aws_egress_only_internet_gateway": Operation("ec2", "CreateEgressOnlyInternetGateway"),
    "aws_eip": Operation("ec2", "AllocateAddress"),
    "aws_eks_access_entry": Operation("eks", "CreateAccessEntry"),
    "aws_eks_access_policy_association": Operation("eks", "AssociateAccessPolicy"),
    "aws_eks_addon": Operation("eks", "CreateAddon", {"resolve_conflicts_on_create": "resolveConflicts"}),
    "aws_eks_cluster": Operation("eks", "CreateCluster", {"vpc_config": "resourcesVpcConfig"}),
    "aws_eks_fargate_profile": Operation(
        "eks", "CreateFargateProfile", {"subnet_ids": "subnets", "selector": "selectors"}
    ),
    "aws_eks_node_group": Operation(
        "eks",
        "CreateNodegroup",
        {"node_group_name": "nodegroupName", "node_role_arn": "nodeRole", "subnet_ids": "subnets", "taint": "taints"},
    ),
    "aws_eks_pod_identity_association": Operation("eks", "CreatePodIdentityAssociation"),
    "aws_flow_log": Operation(
        "ec2",
        "CreateFlowLogs",
        {"iam_role_arn": "DeliverLogsPermissionArn", "vpc_id": "ResourceIds"},
        ("ResourceType",),
    ),
    "aws_grafana_workspace": Operation(
        "grafana",
        "CreateWorkspace",
        {
            "name": "workspaceName",
            "description": "workspaceDescription",
            "role_arn": "workspaceRoleArn",
            "data_sources": "workspaceDataSources",
            "notification_destinations": "workspaceNotificationDestinations",
        },
    ),
    "aws_grafana_workspace_service_account": Operation("grafana", "CreateWorkspaceServiceAccount"),
    "aws_iam_instance_profile": Operation("iam", "CreateInstanceProfile", {"name": "InstanceProfileName"}),
    "aws_iam_openid_connect_provider": Operation("iam", "CreateOpenIDConnectProvider"),
    "aws_iam_role": Operation(
        "iam", "CreateRole", {"name": "RoleName", "assume_role_policy": "AssumeRolePolicyDocument"}
    ),
    "aws_iam_role_policy": Operation(
        "iam", "PutRolePolicy", {"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"}
    ),
    "aws_iam_role_policy_attachment": Operation("iam", "AttachRolePolicy", {"role": "RoleName"}),
    "aws_kms_alias": Operation("kms", "CreateAlias", {"name": "AliasName"}),
    "aws_kms_key": Operation("kms", "CreateKey"),
    "aws_launch_template": Operation(
        "ec2",
        "CreateLaunchTemplate",
        {"name": "LaunchTemplateName", "description": "VersionDescription"},
        ("LaunchTemplateData",),
    ),
    "aws_nat_gateway": Operation("ec2", "CreateNatGateway"),
    "aws_prometheus_alert_manager_definition": Operation("amp", "CreateAlertManagerDefinition", {"definition": "data"}),
    "aws_prometheus_rule_group_namespace": Operation("amp", "CreateRuleGroupsNamespace"),
    "aws_prometheus_workspace": Operation("amp", "CreateWorkspace"),
    "aws_route": Operation("ec2", "CreateRoute"),
    "aws_route_table": Operation("ec2", "CreateRouteTable"),
    "aws_s3_bucket": Operation("s3", "CreateBucket"),
    "aws_security_group": Operation("ec2", "CreateSecurityGroup", {"name": "GroupName"}),
    "aws_sns_topic": Operation("sns", "CreateTopic"),
    "aws_sqs_queue": Operation("sqs", "CreateQueue", {"name": "QueueName"}),
    "aws_subnet": Operation("ec2", "CreateSubnet"),
    "aws_vpc": Operation("ec2", "CreateVpc"),
    "aws_vpc_endpoint": Operation("ec2", "CreateVpcEndpoint"),
    "aws_vpc_ipv4_cidr_block_association": Operation("ec2", "AssociateVpcCidrBlock"),
}
# Made by other requests than one create, or without arguments of ours but references.
LEFT_OUT = {
    "aws_cloudwatch_event_target", "aws_default_security_group", "aws_ec2_tag", "aws_sqs_queue_policy",
    "aws_internet_gateway", "aws_route_table_association", "aws_grafana_role_association",
    "aws_grafana_workspace_saml_configuration", "aws_prometheus_workspace_configuration",
    "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy", "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_versioning", "aws_sns_topic_policy",
    "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
}  # fmt: skip
LONGEST = {"name": "e" * 16, "cluster": "c" * 30, "group": "n" * 63, "workload": "w" * 40}


@pytest.fixture(scope="module")
def session() -> botocore.session.Session:
    return botocore.session.Session()


def input_of(session: botocore.session.Session, operation: Operation) -> StructureShape:
    """Return what an operation takes."""
    return session.get_service_model(operation.service).operation_model(operation.name).input_shape


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def problems_of(value: Any, shape: Shape, path: str, renamed: dict[str, str] | None = None) -> Iterator[str]:
    """Yield what a shape does not take of a literal."""
    if isinstance(value, str):
        yield from _problems_of_text(value, shape.metadata, path)
    elif isinstance(value, dict):
        yield from _problems_of_mapping(value, shape, path, renamed or {})
    elif isinstance(value, list) and shape.type_name == "list":
        yield from _problem_of_size(len(value), shape.metadata, f"{path}: items")
        for item in value:
            yield from problems_of(item, shape.member, path)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from _problem_of_size(value, shape.metadata, path)


def _problems_of_text(value: str, limits: dict[str, Any], path: str) -> Iterator[str]:
    if "${" in value:  # a reference
        return
    if "enum" in limits and value not in limits["enum"]:
        yield f"{path}: {value!r} is not one of {limits['enum']}"
    yield from _problem_of_size(len(value), limits, f"{path}: {value!r}: characters")
    pattern = limits.get("pattern")
    # Python has no classes like \\p{L}.
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
        yield f"{path}: {value!r} does not match {pattern}"


def _problem_of_size(size: int, limits: dict[str, Any], path: str) -> Iterator[str]:
    if not limits.get("min", size) <= size <= limits.get("max", size):
        yield f"{path}: {size} is outside of {limits}"


def _problems_of_mapping(value: dict[str, Any], shape: Shape, path: str, renamed: dict[str, str]) -> Iterator[str]:
    if shape.type_name == "map":
        for key, item in value.items():
            yield from problems_of(key, shape.key, path)
            yield from problems_of(item, shape.value, f"{path}.{key}")
    elif shape.type_name == "structure":
        members = {plain(name): member for name, member in shape.members.items()}
        for key, item in value.items():
            member = members.get(plain(renamed.get(key, key)))
            if member is not None:
                yield from problems_of(item, member, f"{path}.{key}")


def check(synthesized: Synthesized, session: botocore.session.Session) -> tuple[list[str], int]:
    """Return what the APIs refuse of all resources, and how many were checked."""
    found: list[str] = []
    checked = 0
    for stack in synthesized.stacks.values():
        for type_, id_, body in stack.all_resources():
            operation = OPERATIONS.get(type_)
            if operation is None:
                continue
            checked += 1
            shape, path = input_of(session, operation), f"{stack.name}: {type_}.{id_}"
            found += problems_of(body, shape, path, operation.renamed)
            given = {plain(operation.renamed.get(key, key)) for key in body}
            given |= {plain(name) for name in operation.given_elsewhere}
            missing = [name for name in shape.required_members if plain(name) not in given]
            found += [f"{path}: {name} is missing" for name in missing if not _has_token(shape, name)]
    return found, checked


def _has_token(shape: StructureShape, name: str) -> bool:
    """Whether the provider makes up a member: a token by which AWS knows a request again."""
    return bool(shape.members[name].metadata.get("idempotencyToken"))


def longest(region: str) -> Environment:
    """Return an environment with the longest names, of what every partition has."""
    data = {
        "name": LONGEST["name"],
        "region": region,
        "network": {"zones": [f"{region}a", f"{region}b"], "interface_endpoints": ["sts", "ecr.api"]},
        "cluster": {
            "name": LONGEST["cluster"],
            "enable_cluster_creator_admin_permissions": True,
            "node_groups": {LONGEST["group"]: {"one_group_per_zone": True}},
            "further_addons": {
                "amazon-cloudwatch-observability": {
                    "role": {"service_account": "s" * 63, "policies": ["CloudWatchAgentServerPolicy"]}
                }
            },
        },
        "csi_addon": {"kms_key": "customer-managed"},
        "cluster_addons": {
            "karpenter": {"enabled": True},
            "aws_load_balancer_controller": {"enabled": True},
            "velero": {"enabled": True},
        },
        "kube_prom_stack": {"thanos": {"enabled": True}},
        "workloads": {
            LONGEST["workload"]: {
                "image": "registry.example.com/app:1",
                "aws": {"s3": [{"bucket": "some-bucket", "access": "read"}]},
            }
        },
    }
    return Environment.model_validate_json(json.dumps(data))


def test_every_type_is_checked_or_left_out(everything: Synthesized) -> None:
    types = {
        type_
        for stack in everything.stacks.values()
        for type_, _, _ in stack.all_resources()
        if type_.startswith("aws_")
    }
    assert types - LEFT_OUT == set(OPERATIONS)


def test_every_literal_is_what_the_api_takes(everything: Synthesized, session: botocore.session.Session) -> None:
    found, checked = check(everything, session)
    assert found == []
    assert checked > 100


@pytest.mark.parametrize("partition", aws.REGIONS)
def test_the_longest_names_fit_in_every_partition(
    partition: str, session: botocore.session.Session, tmp_path_factory: pytest.TempPathFactory
) -> None:
    region = max(aws.REGIONS[partition], key=len)
    synthesized = synthesize([longest(region)], tmp_path_factory.mktemp("longest") / "cdktf.out")
    found, checked = check(synthesized, session)
    assert found == []
    assert checked > 40
    text = json.dumps([stack.json for stack in synthesized.stacks.values()])
    assert set(re.findall(r"arn:(aws[a-z-]*):", text)) == {partition}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"name": "a b"}, "does not match"),
        ({"name": "x" * 101}, "characters: 101 is outside of"),
        ({"upgrade_policy": {"support_type": "NONE"}}, "is not one of"),
    ],
)
def test_what_the_api_refuses_is_found(value: dict[str, Any], told: str, session: botocore.session.Session) -> None:
    shape = input_of(session, OPERATIONS["aws_eks_cluster"])
    (found,) = problems_of(value, shape, "x")
    assert told in found
