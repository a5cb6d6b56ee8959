"""What holds in every stack of the shipped environments: nothing public, all encrypted, no secret, least privilege."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from constructs.addons import cluster_autoscaler
from constructs.monitoring.managed.managed_grafana_role import UNSCOPED_LOG_ACTIONS, UNSCOPED_METRIC_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.synthesis import Stack, Synthesized

ENVIRONMENTS = ("dev", "prod")
# Actions on which IAM policies of AWS resources have no narrower resource, e.g. reads for discovery.
# https://docs.aws.amazon.com/service-authorization/latest/reference/
UNSCOPED_ACTIONS = frozenset({*UNSCOPED_METRIC_ACTIONS, *UNSCOPED_LOG_ACTIONS, *cluster_autoscaler.UNSCOPED_ACTIONS})


@pytest.fixture(scope="session")
def stacks(synthesized: Synthesized) -> list[Stack]:
    return list(synthesized.stacks.values())


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON document, keys too, and those in embedded JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value
        if value.startswith('{"'):
            yield from texts(json.loads(value))


def test_the_world_is_a_destination_of_routes_only(stacks: list[Stack]) -> None:
    for stack in stacks:
        for type_, id_, body in stack.all_resources():
            if type_ == "aws_route":
                assert body["destination_cidr_block"] == "0.0.0.0/0"
            else:
                assert not {"0.0.0.0/0", "::/0"} & set(texts(body)), f"{stack.name}: {type_}.{id_}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_kubernetes_api_is_private(environment: str, synthesized: Synthesized) -> None:
    (endpoint,) = [
        body["vpc_config"] for body in synthesized[f"{environment}-cluster"].resources("aws_eks_cluster").values()
    ]
    assert endpoint["endpoint_private_access"] is True
    assert endpoint["endpoint_public_access"] is False
    assert "public_access_cidrs" not in endpoint


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_subnets_give_no_public_addresses(environment: str, synthesized: Synthesized) -> None:
    subnets = synthesized[f"{environment}-network"].resources("aws_subnet")
    assert subnets
    assert not any("map_public_ip_on_launch" in subnet for subnet in subnets.values())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_default_security_group_permits_nothing(environment: str, synthesized: Synthesized) -> None:
    group = synthesized[f"{environment}-network"].resource("aws_default_security_group")
    assert not {"ingress", "egress"} & set(group)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nodes_take_imdsv2_only_and_have_encrypted_disks(environment: str, synthesized: Synthesized) -> None:
    template = synthesized[f"{environment}-cluster"].resource("aws_launch_template")
    assert template["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    (disk,) = template["block_device_mappings"]
    assert disk["ebs"]["encrypted"] == "true"
    assert disk["ebs"]["volume_type"] == "gp3"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_secrets_logs_volumes_and_blocks_are_encrypted(environment: str, synthesized: Synthesized) -> None:
    cluster = synthesized[f"{environment}-cluster"]
    encryption = cluster.resource("aws_eks_cluster")["encryption_config"]
    assert encryption["resources"] == ["secrets"]
    assert re.fullmatch(r"\$\{aws_kms_key\.\S+secrets-key\S+\.arn\}", encryption["provider"]["key_arn"])
    for stack in (cluster, synthesized[f"{environment}-network"]):
        assert all("kms_key_id" in group for group in stack.resources("aws_cloudwatch_log_group").values())
    storage_class = synthesized[f"{environment}-csi-addon"].resource("kubernetes_storage_class_v1")
    assert storage_class["parameters"]["encrypted"] == "true"
    monitoring = synthesized[f"{environment}-kube-prom-stack"]
    assert "aws:kms" in str(monitoring.resource("aws_s3_bucket_server_side_encryption_configuration"))


def test_every_kms_key_is_rotated(stacks: list[Stack]) -> None:
    keys = [key for stack in stacks for key in stack.resources("aws_kms_key").values()]
    assert len(keys) >= 8
    assert all(key["enable_key_rotation"] for key in keys)


def test_no_policy_allows_everything_that_aws_can_scope(stacks: list[Stack]) -> None:
    for stack in stacks:
        for id_, document in stack.data("aws_iam_policy_document").items():
            for statement in document["statement"]:
                if statement.get("effect") == "Deny":
                    continue
                assert not any("*" in action for action in statement["actions"]), f"{stack.name}: {id_}"
                if "*" in statement.get("resources", []):
                    assert set(statement["actions"]) <= UNSCOPED_ACTIONS, f"{stack.name}: {id_}"


def test_json_has_no_absolute_path(stacks: list[Stack], synthesized: Synthesized) -> None:
    for stack in stacks:
        assert str(synthesized.outdir.parent) not in json.dumps(stack.json)
        state_paths = [
            config["path"] for config in (stack.json["terraform"]["backend"].get("local"),) if config is not None
        ]
        assert all(path.startswith("../../../.state/") for path in state_paths)


def test_json_has_no_account_id_and_no_secret(stacks: list[Stack]) -> None:
    secret_keys = re.compile(r"(password|secret_?key|access_?key|token|api_url)$", re.IGNORECASE)
    for stack in stacks:
        # The account of an existing OIDC provider is the environment's setting.
        text = json.dumps(stack.json).replace("123456789012:oidc-provider", "ACCOUNT:oidc-provider")
        assert not re.search(r"(?<![0-9a-fA-F])\d{12}(?![0-9a-fA-F])", text), f"{stack.name}: an account id"
        assert not re.search(r"AKIA[0-9A-Z]{16}|hooks\.slack\.com|-----BEGIN", text), stack.name
        for type_, id_, body in stack.all_resources():
            assert not any(secret_keys.search(key) for key in body), f"{stack.name}: {type_}.{id_}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_one_security_group_is_the_clusters(environment: str, synthesized: Synthesized) -> None:
    """Two groups tagged as owned by the cluster break load balancers; EKS' own group is one."""
    for name, stack in synthesized.stacks.items():
        if name.startswith(environment):
            groups = stack.resources("aws_security_group").values()
            assert not any("kubernetes.io/cluster" in str(group) for group in groups)


def test_constructs_merges_with_the_library(request: pytest.FixtureRequest) -> None:
    folder: Path = request.config.rootpath / "constructs"
    assert list(folder.rglob("*.py"))
    assert not (folder / "__init__.py").exists(), "it would hide the constructs library"
