"""AWS takes the physical names of every stack, whatever environments and clusters are called."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from config.environment import Environment
from tests.synthesis import Synthesized, synthesize

if TYPE_CHECKING:
    from collections.abc import Iterator

# Resource type and attribute, and the shape of the AWS API that says what the name may be.
SHAPES = {
    ("aws_cloudwatch_log_group", "name"): ("logs", "LogGroupName"),
    ("aws_eks_cluster", "name"): ("eks", "ClusterName"),
    ("aws_grafana_workspace", "name"): ("grafana", "WorkspaceName"),
    ("aws_iam_role", "name"): ("iam", "roleNameType"),
    ("aws_iam_role_policy", "name"): ("iam", "policyNameType"),
    ("aws_kms_alias", "name"): ("kms", "AliasNameType"),
    ("aws_launch_template", "name"): ("ec2", "LaunchTemplateName"),
    ("aws_prometheus_rule_group_namespace", "name"): ("amp", "RuleGroupsNamespaceName"),
    ("aws_prometheus_workspace", "alias"): ("amp", "WorkspaceAlias"),
}
# What no model of botocore has a pattern for; the documentation does.
PATTERNS = {
    # The documentation of DBSubnetGroupName in botocore.
    ("aws_db_subnet_group", "name"): r"(?!default$)[a-z][a-z0-9._ -]{0,254}",
    ("aws_eks_node_group", "node_group_name"): r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}",
    ("aws_s3_bucket", "bucket"): r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    ("aws_security_group", "name"): r"(?!(?i:sg-))[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}",
    ("aws_sns_topic", "name"): r"[A-Za-z0-9_-]{1,256}",
}
OWN_CLUSTERS = [("sg", "gd9"), ("xn--a", "0" + "-" * 29), ("a" * 16, "X" * 30), ("aws", "eks")]
LONGEST_OWN_CLUSTER = "-".join(OWN_CLUSTERS[2])
OWN_WORKSPACES = {
    "managed_prometheus": {
        "enabled": True,
        "alert_manager": {"definition_file": "managed-prometheus/alert-manager.yaml"},
        "rule_files": ["node"],
    },
    "managed_grafana": {"enabled": True},
}
EXISTING_CLUSTERS = ["My_Cluster", "sg-1", "C" * 100, "sthree-configurator_"]


@pytest.fixture(scope="module")
def renamed(everything_environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Every stack of environments with names that are hard on AWS."""
    data = everything_environment.model_dump(mode="json", exclude_unset=True)
    monitoring = {**data["kube_prom_stack"], **OWN_WORKSPACES}
    network = {**data["network"], "interface_endpoints": ["aps-workspaces", "ec2", "logs", "monitoring"]}
    # Overrides name stacks, which these environments do not all have.
    data = {**data, "kube_prom_stack": monitoring, "network": network, "overrides": {}}
    in_vpc = {"kube_prom_stack": {**monitoring, "managed_grafana": {"enabled": True, "in_vpc": True}}}
    own = [
        {**data, **in_vpc, "name": name, "cluster": {**data["cluster"], "name": cluster}}
        for name, cluster in OWN_CLUSTERS
    ]
    existing = [
        {**data, "name": f"at-{position}", "network": None, "cluster": {"existing": {"eks": name}}}
        for position, name in enumerate(EXISTING_CLUSTERS)
    ]
    environments = [Environment.model_validate_json(json.dumps(one)) for one in own + existing]
    return synthesize(environments, tmp_path_factory.mktemp("renamed") / "cdktf.out")


def names(synthesized: Synthesized, type_: str, attribute: str) -> Iterator[str]:
    for stack in synthesized.stacks.values():
        for body in stack.resources(type_).values():
            # The account's id and the cluster's name are references of Terraform in some places.
            name = re.sub(r"\$\{data\.aws_caller_identity\.[^}]*}", "123456789012", body[attribute])
            yield re.sub(r"\$\{aws_eks_cluster\.[^}]*\.name}", LONGEST_OWN_CLUSTER, name)


@pytest.mark.parametrize(("type_", "attribute"), [*SHAPES, *PATTERNS])
def test_aws_takes_the_name(renamed: Synthesized, type_: str, attribute: str) -> None:
    found = sorted(set(names(renamed, type_, attribute)))
    assert found, f"no {type_} is in the environment"
    refused = [name for name in found if not _is_taken(name, type_, attribute)]
    assert refused == []


def test_every_named_resource_is_checked(renamed: Synthesized) -> None:
    named = {
        (type_, attribute)
        for stack in renamed.stacks.values()
        for type_, _, body in stack.all_resources()
        for attribute in ("name", "alias", "bucket", "node_group_name")
        if type_.startswith("aws_") and attribute in body and not re.fullmatch(r"\$\{[^}]*}", body[attribute])
    }
    assert named == {*SHAPES, *PATTERNS}


def _is_taken(name: str, type_: str, attribute: str) -> bool:
    if (type_, attribute) in PATTERNS:
        return re.fullmatch(PATTERNS[type_, attribute], name) is not None
    limits = _limits(*SHAPES[type_, attribute])
    fits = re.search(limits["pattern"], name) if "pattern" in limits else True
    return bool(fits) and limits.get("min", 1) <= len(name) <= limits.get("max", 128)


@cache
def _limits(service: str, shape: str) -> dict[str, Any]:
    metadata: dict[str, Any] = botocore.session.Session().get_service_model(service).shape_for(shape).metadata
    return metadata
