"""What an "already exists" stands for: the address, and the id or the data source by which Terraform imports it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from operations.deploying.existing import (
    IMPORTS_FILE,
    Existing,
    advice,
    existing_objects,
    import_existing,
    is_written_by_eks,
)
from operations.terraform.events import Diagnostic

if TYPE_CHECKING:
    from pathlib import Path

ROLE_EXISTS = "creating IAM Role (dev): operation error IAM: CreateRole, StatusCode: 409, EntityAlreadyExists"


def plan_of(type_: str, after: dict[str, Any] | None, actions: tuple[str, ...] = ("create",)) -> dict[str, Any]:
    """Return the JSON of a plan that touches one object."""
    change = {"actions": list(actions), "after": after}
    return {"resource_changes": [{"address": f"{type_}.x", "type": type_, "change": change}]}


def found(type_: str, after: dict[str, Any], said: str) -> Existing | None:
    """Return what is found for an error at the only object of a plan."""
    objects = existing_objects([Diagnostic("error", said, address=f"{type_}.x")], plan_of(type_, after))
    return objects[0] if objects else None


@pytest.mark.parametrize(
    ("type_", "after", "said", "import_id"),
    [
        ("aws_iam_role", {"name": "dev"}, ROLE_EXISTS, "dev"),
        ("aws_eks_cluster", {"name": "gd9"}, "ResourceInUseException: Cluster already exists with name: gd9", "gd9"),
        (
            "aws_eks_addon",
            {"cluster_name": "gd9", "addon_name": "vpc-cni"},
            "ResourceInUseException: Addon already exists.",
            "gd9:vpc-cni",
        ),
        ("aws_cloudwatch_log_group", {"name": "/a"}, "ResourceAlreadyExistsException: The specified log group", "/a"),
        ("aws_s3_bucket", {"bucket": "b"}, "409, BucketAlreadyOwnedByYou", "b"),
        (
            "kubernetes_namespace_v1",
            {"metadata": [{"name": "monitoring"}]},
            'namespaces "monitoring" already exists',
            "monitoring",
        ),
        (
            "aws_eks_pod_identity_association",
            {"cluster_name": "gd9"},
            "ResourceInUseException: Association already exists: a-0a1b2c",
            "gd9,a-0a1b2c",
        ),
    ],
)
def test_the_plan_tells_the_id(type_: str, after: dict[str, Any], said: str, import_id: str) -> None:
    assert found(type_, after, said) == Existing(f"{type_}.x", import_id)


def test_a_data_source_finds_what_has_an_id_of_its_own() -> None:
    subnet = found("aws_subnet", {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24"}, "400, InvalidSubnet.Conflict: …")
    assert subnet == Existing("aws_subnet.x", "id", ("aws_subnet", {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24"}))


@pytest.mark.parametrize(
    ("type_", "after", "said"),
    [
        ("aws_iam_role", {"name": "dev"}, "AccessDenied: not authorized to perform iam:CreateRole"),
        ("aws_eks_cluster", {"name": "x"}, "ResourceInUseException: Cluster is not in ACTIVE status"),
        ("aws_iam_role", {"name": None}, ROLE_EXISTS),
        ("aws_subnet", {"cidr_block": "10.0.0.0/24"}, "InvalidSubnet.Conflict"),
        ("aws_eks_pod_identity_association", {"cluster_name": "x"}, "Association already exists"),
        ("aws_unheard_of", {"name": "x"}, "already exists"),
    ],
)
def test_nothing_is_guessed(type_: str, after: dict[str, Any], said: str) -> None:
    assert found(type_, after, said) is None


def test_only_what_the_plan_creates_is_taken_over() -> None:
    error = Diagnostic("error", ROLE_EXISTS, address="aws_iam_role.x")
    assert existing_objects([error], plan_of("aws_iam_role", {"name": "dev"}, ("delete", "create"))) == ()
    assert existing_objects([error], {}) == ()


def test_imports_are_written_beside_those_of_earlier_tries(tmp_path: Path) -> None:
    subnet = Existing("aws_subnet.b", "id", ("aws_subnet", {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24"}))
    import_existing(tmp_path, [Existing("aws_iam_role.a", "${x}")])
    import_existing(tmp_path, [subnet])
    assert json.loads((tmp_path / IMPORTS_FILE).read_text(encoding="utf-8")) == {
        "import": [
            {"to": "aws_iam_role.a", "id": "$${x}"},
            {"to": "aws_subnet.b", "id": "${data.aws_subnet.existing_1.id}"},
        ],
        "data": {"aws_subnet": {"existing_1": {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24"}}},
    }
    assert [path.name for path in tmp_path.iterdir()] == [IMPORTS_FILE]


def test_the_advice_names_the_objects_and_the_option() -> None:
    text = advice([Existing("aws_iam_role.a", "dev")])
    assert "aws_iam_role.a (dev)" in text
    assert "--adopt-existing" in text


@pytest.mark.parametrize(
    ("address", "import_id", "expected"),
    [
        ("aws_cloudwatch_log_group.a", "/aws/eks/dev-gd9/cluster", True),
        ("aws_cloudwatch_log_group.a", "/aws/vpc/dev-main/flow-logs", False),
        ("aws_iam_role.a", "/aws/eks/dev-gd9/cluster", False),
    ],
)
def test_the_log_group_that_eks_writes_again_needs_no_leave(address: str, import_id: str, *, expected: bool) -> None:
    assert is_written_by_eks(Existing(address, import_id)) is expected
