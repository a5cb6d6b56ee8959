"""Velero: one bucket, what its role permits, and what the chart is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config import versions
from tests.kubernetes_objects import restricted_problems

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized


@pytest.fixture(scope="session")
def stack(defaults: Synthesized) -> Stack:
    return defaults["dev-cluster-addons"]


@pytest.fixture(scope="session")
def varied(everything: Synthesized) -> Stack:
    return everything["everything-cluster-addons"]


def statements(stack: Stack) -> list[dict[str, Any]]:
    """Return every statement of the role's policies."""
    (role,) = (id_ for id_, body in stack.resources("aws_iam_role").items() if body["name"].endswith("-velero"))
    policies = [
        policy
        for policy in stack.resources("aws_iam_role_policy").values()
        if policy["role"] == f"${{aws_iam_role.{role}.name}}"
    ]
    return [statement for policy in policies for statement in stack.policy_document(policy["policy"])["statement"]]


class TestBucket:
    def test_is_named_after_cluster_and_account(self, stack: Stack, varied: Stack) -> None:
        name = stack.resource("aws_s3_bucket")["bucket"]
        assert name.startswith("dev-gd9-velero-${data.aws_caller_identity.")
        assert varied.resource("aws_s3_bucket")["bucket"] == "gd9-backups"

    def test_is_encrypted_versioned_and_private(self, stack: Stack) -> None:
        block = stack.resource("aws_s3_bucket_public_access_block")
        assert all(block[key] for key in block if key.startswith(("block_", "ignore_", "restrict_")))
        assert stack.resource("aws_s3_bucket_versioning")["versioning_configuration"] == {"status": "Enabled"}
        (rule,) = stack.resource("aws_s3_bucket_server_side_encryption_configuration")["rule"]
        assert rule["apply_server_side_encryption_by_default"]["sse_algorithm"] == "aws:kms"
        (deny,) = stack.policy_document(stack.resource("aws_s3_bucket_policy")["policy"])["statement"]
        assert (deny["effect"], deny["condition"][0]["variable"]) == ("Deny", "aws:SecureTransport")

    def test_nothing_but_velero_deletes_backups(self, stack: Stack) -> None:
        (rule,) = stack.resource("aws_s3_bucket_lifecycle_configuration")["rule"]
        assert "expiration" not in rule
        assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 30}]


class TestRole:
    def test_permits_one_bucket_and_its_key(self, stack: Stack) -> None:
        (bucket,) = stack.resources("aws_s3_bucket")
        (key,) = (id_ for id_ in stack.resources("aws_kms_key") if "velero" in id_)
        bucket_arn = f"${{aws_s3_bucket.{bucket}.arn}}"
        permitted = {resource for statement in statements(stack) for resource in statement["resources"]}
        assert permitted == {bucket_arn, f"{bucket_arn}/*", f"${{aws_kms_key.{key}.arn}}"}

    def test_snapshots_are_by_choice_and_of_tagged_volumes(self, stack: Stack, varied: Stack) -> None:
        assert not any(action.startswith("ec2:") for one in statements(stack) for action in one["actions"])
        changes = {
            (action, resource.rpartition(":")[2]): one["condition"][0]
            for one in statements(varied)
            for action in one["actions"]
            if action.startswith("ec2:") and not action.startswith("ec2:Describe")
            for resource in one["resources"]
        }
        of_velero = {"test": "StringLike", "variable": "aws:ResourceTag/velero.io/backup", "values": ["*"]}
        for_velero = {"test": "StringLike", "variable": "aws:RequestTag/velero.io/backup", "values": ["*"]}
        created = {
            "test": "StringEquals",
            "variable": "ec2:CreateAction",
            "values": ["CreateSnapshot", "CreateVolume"],
        }
        assert changes == {
            ("ec2:CreateSnapshot", "volume/*"): {
                "test": "StringEquals",
                "variable": "aws:ResourceTag/ebs.csi.aws.com/cluster",
                "values": ["true"],
            },
            ("ec2:CreateSnapshot", "snapshot/*"): for_velero,
            ("ec2:DeleteSnapshot", "snapshot/*"): of_velero,
            ("ec2:CreateVolume", "snapshot/*"): of_velero,
            ("ec2:CreateVolume", "volume/*"): for_velero,
            ("ec2:CreateTags", "snapshot/*"): created,
            ("ec2:CreateTags", "volume/*"): created,
        }

    def test_keys_of_volumes_are_those_that_are_named(self, varied: Stack) -> None:
        grants = [one for one in statements(varied) if "kms:CreateGrant" in one["actions"]]
        assert [one["resources"] for one in grants] == [["arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"]]
        assert grants[0]["condition"][0]["variable"] == "kms:GrantIsForAWSResource"


class TestValues:
    def test_backups_go_to_the_bucket_by_the_role(self, stack: Stack) -> None:
        values = stack.values("velero")
        (bucket,) = stack.resources("aws_s3_bucket")
        assert values["configuration"]["backupStorageLocation"] == [
            {
                "name": "default",
                "provider": "aws",
                "default": True,
                "bucket": f"${{aws_s3_bucket.{bucket}.bucket}}",
                "config": {"region": "us-east-2"},
            }
        ]
        assert values["credentials"] == {"useSecret": False}

    def test_schedules(self, stack: Stack, varied: Stack) -> None:
        assert stack.values("velero")["schedules"] == {
            "daily": {
                "schedule": "0 3 * * *",
                "template": {
                    "storageLocation": "default",
                    "ttl": "720h0m0s",
                    "snapshotVolumes": False,
                    "includedNamespaces": ["*"],
                    "excludedNamespaces": [],
                },
            }
        }
        shop = varied.values("velero")["schedules"]["shop"]
        assert (shop["schedule"], shop["template"]["ttl"]) == ("0 */6 * * mon-fri", "336h0m0s")
        assert shop["template"]["includedNamespaces"] == ["shop"]
        assert shop["template"]["snapshotVolumes"] is True

    def test_snapshots_are_by_choice(self, stack: Stack, varied: Stack) -> None:
        assert stack.values("velero")["snapshotsEnabled"] is False
        assert varied.values("velero")["snapshotsEnabled"] is True

    def test_pods_are_restricted(self, varied: Stack) -> None:
        values = varied.values("velero")
        containers = [{"name": "velero", "securityContext": values["containerSecurityContext"]}]
        pod = {
            "securityContext": values["podSecurityContext"],
            "containers": containers,
            "initContainers": values["initContainers"],
        }
        assert list(restricted_problems(pod)) == []

    def test_the_plugin_comes_from_the_mirror(self, stack: Stack, varied: Stack) -> None:
        plugin = versions.VELERO_PLUGIN_FOR_AWS
        images = [one.values("velero")["initContainers"][0]["image"] for one in (stack, varied)]
        assert images == [plugin.reference(None), plugin.reference("registry.example.com/mirror")]
