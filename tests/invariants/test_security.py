"""What holds in every stack: nothing public, all encrypted, no secret, least privilege.

Of the shipped environments, and of those in tests/data that give every setting between them.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import pytest

import constructs.addons
import constructs.monitoring.managed
import constructs.monitoring.values
from config.paths import ENVIRONMENTS as SHIPPED
from tests.environments import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.synthesis import Stack, Synthesized

ENVIRONMENTS = ("dev", "prod")
# Actions on which IAM policies of AWS resources have no narrower resource, e.g. reads for discovery.
# https://docs.aws.amazon.com/service-authorization/latest/reference/
UNSCOPED_ACTIONS = frozenset(
    action
    for package in (constructs.addons, constructs.monitoring.managed, constructs.monitoring.values)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    for name, actions in vars(importlib.import_module(module.name)).items()
    if name.startswith("UNSCOPED_")
    for action in actions
)


# Those of keys, topics and the like in the settings.
GIVEN_ACCOUNTS = {
    id_
    for file in (*SHIPPED.glob("*.yaml"), *FILES)
    for id_ in re.findall(r"(?<=[:\"])\d{12}(?=[:\"])", file.read_text("utf-8"))
}


@pytest.fixture(scope="session")
def stacks(synthesized: Synthesized, everything: Synthesized) -> list[Stack]:
    return [*synthesized.stacks.values(), *everything.stacks.values()]


def bodies(stacks: list[Stack], type_: str) -> list[dict[str, Any]]:
    """Return every resource of a type; there is one at least."""
    found = [body for stack in stacks for body in stack.resources(type_).values()]
    assert found, type_
    return found


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
                to = body.get("destination_cidr_block"), body.get("destination_ipv6_cidr_block")
                assert to in (("0.0.0.0/0", None), (None, "::/0"))
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


def test_subnets_give_no_public_addresses(stacks: list[Stack]) -> None:
    assert not any("map_public_ip_on_launch" in subnet for subnet in bodies(stacks, "aws_subnet"))


def test_the_default_security_group_permits_nothing(stacks: list[Stack]) -> None:
    for group in bodies(stacks, "aws_default_security_group"):
        assert not {"ingress", "egress"} & set(group)


def test_nodes_take_imdsv2_only_and_have_encrypted_disks(stacks: list[Stack]) -> None:
    for template in bodies(stacks, "aws_launch_template"):
        assert template["metadata_options"] == {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
        }
        for disk in template["block_device_mappings"]:
            assert disk["ebs"]["encrypted"] == "true"
            assert disk["ebs"]["volume_type"] == "gp3"


def test_secrets_logs_volumes_topics_and_metrics_are_encrypted(stacks: list[Stack]) -> None:
    for cluster in bodies(stacks, "aws_eks_cluster"):
        assert cluster["encryption_config"]["resources"] == ["secrets"]
        assert cluster["encryption_config"]["provider"]["key_arn"].startswith(("${aws_kms_key.", "arn:aws:kms:"))
    assert all("kms_key_id" in group for group in bodies(stacks, "aws_cloudwatch_log_group"))
    assert all("kms_master_key_id" in topic for topic in bodies(stacks, "aws_sns_topic"))
    assert all("kms_key_arn" in workspace for workspace in bodies(stacks, "aws_prometheus_workspace"))
    for storage_class in bodies(stacks, "kubernetes_storage_class_v1"):
        assert storage_class["parameters"]["encrypted"] == "true"


# What each bucket has.
BESIDE_A_BUCKET = (
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
)


def test_buckets_are_private_encrypted_and_versioned(stacks: list[Stack]) -> None:
    buckets = [(stack, id_) for stack in stacks for id_ in stack.resources("aws_s3_bucket")]
    assert len(buckets) >= 4
    for stack, id_ in buckets:
        companions = {
            type_: [body for body in stack.resources(type_).values() if f"aws_s3_bucket.{id_}.id" in body["bucket"]]
            for type_ in BESIDE_A_BUCKET
        }
        assert {type_: len(found) for type_, found in companions.items()} == dict.fromkeys(BESIDE_A_BUCKET, 1), (
            stack.name
        )
        (block,) = companions["aws_s3_bucket_public_access_block"]
        assert all(value for key, value in block.items() if key.startswith(("block_", "ignore_", "restrict_")))
        assert "aws:kms" in str(companions["aws_s3_bucket_server_side_encryption_configuration"])
        assert "Enabled" in str(companions["aws_s3_bucket_versioning"])
        (policy,) = companions["aws_s3_bucket_policy"]
        (deny,) = stack.policy_document(policy["policy"])["statement"]
        assert (deny["effect"], deny["actions"]) == ("Deny", ["s3:*"])
        assert deny["condition"] == [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]


def test_web_identities_are_one_service_account_each(stacks: list[Stack]) -> None:
    """A trust without `sub` lets every pod of the cluster have the role, one without `aud` other services' tokens."""
    trusts = [
        statement
        for stack in stacks
        for document in stack.data("aws_iam_policy_document").values()
        for statement in document["statement"]
        if "sts:AssumeRoleWithWebIdentity" in statement["actions"]
    ]
    assert len(trusts) >= 20
    for trust in trusts:
        conditions = {condition["variable"].rpartition(":")[2]: condition for condition in trust["condition"]}
        assert set(conditions) == {"sub", "aud"}
        assert all(condition["test"] == "StringEquals" for condition in conditions.values())
        (subject,) = conditions["sub"]["values"]
        assert re.fullmatch(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+", subject)
        assert conditions["aud"]["values"] == ["sts.amazonaws.com"]


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


def test_json_has_no_absolute_path(stacks: list[Stack], synthesized: Synthesized, everything: Synthesized) -> None:
    for stack in stacks:
        text = json.dumps(stack.json)
        assert str(synthesized.outdir.parent) not in text
        assert str(everything.outdir.parent) not in text
        local = stack.json["terraform"].get("backend", {}).get("local")
        assert local is None or local["path"].startswith("../../../.state/")


def test_json_has_no_account_id_and_no_secret(stacks: list[Stack]) -> None:
    secret_keys = re.compile(r"(password|secret_?key|access_?key|token|api_url)$", re.IGNORECASE)
    for stack in stacks:
        text = json.dumps(stack.json)
        ids = set(re.findall(r"(?<![0-9a-fA-F])\d{12}(?![0-9a-fA-F])", text))
        assert ids <= GIVEN_ACCOUNTS, f"{stack.name}: an account id"
        assert not re.search(r"AKIA[0-9A-Z]{16}|hooks\.slack\.com|-----BEGIN", text), stack.name
        for type_, id_, body in stack.all_resources():
            assert not any(secret_keys.search(key) for key in body), f"{stack.name}: {type_}.{id_}"


def test_no_security_group_of_our_own_is_the_clusters(stacks: list[Stack]) -> None:
    """Two groups tagged as owned by the cluster break load balancers; EKS' own group is one."""
    assert not any("kubernetes.io/cluster" in str(group) for group in bodies(stacks, "aws_security_group"))


def test_constructs_merges_with_the_library(request: pytest.FixtureRequest) -> None:
    folder: Path = request.config.rootpath / "constructs"
    assert list(folder.rglob("*.py"))
    assert not (folder / "__init__.py").exists(), "it would hide the constructs library"
