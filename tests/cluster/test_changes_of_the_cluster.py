"""What the settings of a cluster become, so that a change of them moves nothing that exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from constructs.former_address import resource_name

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.synthesis import Stack

ADMIN = [{"policy": "AmazonEKSClusterAdminPolicy"}]
ENTRY, ASSOCIATION = "aws_eks_access_entry", "aws_eks_access_policy_association"
GROUP = "cluster.node_groups.general"
MATCHED = (
    "${{matchkeys(data.terraform_remote_state.state-network.outputs.private_subnet_ids, "
    "data.terraform_remote_state.state-network.outputs.private_subnet_zones, [{}])}}"
)


def stack_of(vary: Vary, synthesize_one: SynthesizeOne, settings: dict[str, Any]) -> Stack:
    """Synthesize the cluster stack of `dev` with some settings changed."""
    return synthesize_one(vary(settings))["dev-cluster"]


def name_of_group(vary: Vary, synthesize_one: SynthesizeOne, settings: dict[str, Any]) -> str:
    """Return the name that EKS gets for the node group."""
    name: str = stack_of(vary, synthesize_one, settings).resource("aws_eks_node_group")["node_group_name"]
    return name


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("instance_types", ["t3.medium", "t3a.medium"]),
        ("capacity_type", "ON_DEMAND"),
        ("ami_type", "BOTTLEROCKET_x86_64"),
        ("launch_template", False),
        ("zones", ["us-east-2a"]),
    ],
)
def test_what_replaces_a_node_group_gives_the_new_one_another_name(
    setting: str, value: object, vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    before = name_of_group(vary, synthesize_one, {})
    assert re.fullmatch(r"general-[0-9a-f]{8}", before)
    assert name_of_group(vary, synthesize_one, {f"{GROUP}.{setting}": value}) != before


@pytest.mark.parametrize(
    ("setting", "value"),
    [("disk_size_gib", 60), ("labels", {"a": "b"}), ("max_size", 20), ("desired_size", 4)],
)
def test_what_changes_a_node_group_in_place_keeps_its_name(
    setting: str, value: object, vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    before = name_of_group(vary, synthesize_one, {})
    assert name_of_group(vary, synthesize_one, {f"{GROUP}.{setting}": value}) == before


def test_long_names_of_node_groups_fit(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert len(name_of_group(vary, synthesize_one, {"cluster.node_groups": {"a" * 63: {}}})) == 63


def test_a_node_group_keeps_its_name_and_subnets(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    group = stack_of(vary, synthesize_one, {}).resource("aws_eks_node_group")
    assert group["lifecycle"] == {
        "create_before_destroy": True,
        "ignore_changes": ["node_group_name", "scaling_config[0].desired_size", "subnet_ids"],
    }


def test_zones_of_a_node_group_are_followed(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    group = stack_of(vary, synthesize_one, {f"{GROUP}.zones": ["us-east-2b"]}).resource("aws_eks_node_group")
    assert group["subnet_ids"] == MATCHED.format('"us-east-2b"')
    assert "subnet_ids" not in group["lifecycle"]["ignore_changes"]


def test_the_control_plane_keeps_the_zones_of_its_creation(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    cluster = stack_of(vary, synthesize_one, {}).resource("aws_eks_cluster")
    assert "vpc_config[0].subnet_ids" in cluster["lifecycle"]["ignore_changes"]


def test_zones_of_the_control_plane_are_followed(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    zones = {"cluster.control_plane_zones": ["us-east-2b", "us-east-2a"]}
    cluster = stack_of(vary, synthesize_one, zones).resource("aws_eks_cluster")
    assert cluster["vpc_config"]["subnet_ids"] == MATCHED.format('"us-east-2b", "us-east-2a"')
    assert "vpc_config[0].subnet_ids" not in cluster["lifecycle"]["ignore_changes"]


def entries(**principals: str) -> dict[str, Any]:
    """Return access entries of administrators, by key."""
    return {
        "cluster.access_entries": {key: {"principal": value, "policies": ADMIN} for key, value in principals.items()}
    }


def test_another_key_of_an_entry_is_no_other_entry(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stacks = [stack_of(vary, synthesize_one, entries(**{key: "role/sre"})) for key in ("sre", "people")]
    assert [set(stack.resources(ENTRY)) for stack in stacks] == [set(stacks[0].resources(ENTRY))] * 2
    assert [set(stack.resources(ASSOCIATION)) for stack in stacks] == [set(stacks[0].resources(ASSOCIATION))] * 2


def test_an_arn_of_the_own_account_is_no_other_principal(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    account = {"account_id": "123456789012"}
    short = stack_of(vary, synthesize_one, {**account, **entries(sre="role/sre")})
    whole = stack_of(vary, synthesize_one, {**account, **entries(sre="arn:aws:iam::123456789012:role/sre")})
    assert set(short.resources(ENTRY)) == set(whole.resources(ENTRY))


def test_principals_with_like_names_have_entries_of_their_own(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stack = stack_of(vary, synthesize_one, entries(a="role/team/sre", b="role/team-sre", c="user/team-sre"))
    assert len(stack.resources(ENTRY)) == 4  # one of them the creator's


def test_the_creators_entry_becomes_that_of_the_only_administrator(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    without_flag = {"cluster.enable_cluster_creator_admin_permissions": False}
    stack = stack_of(vary, synthesize_one, {**without_flag, **entries(sre="role/sre")})
    creator, by_key = (f"{ENTRY}.{resource_name(['access', f'entry-{name}'])}" for name in ("creator", "sre"))
    (address,) = stack.resources(ENTRY)
    moves = {move["from"]: move["to"] for move in stack.json["moved"]}
    assert moves[creator] == by_key
    assert moves[by_key] == f"{ENTRY}.{address}"


def test_the_creators_entry_moves_nowhere_while_it_is_wanted(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    stack = stack_of(vary, synthesize_one, entries(sre="role/sre"))
    assert f"{ENTRY}.{resource_name(['access', 'entry-creator'])}" not in {move["from"] for move in stack.json["moved"]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {
                "cluster.endpoint_public_access": True,
                "cluster.endpoint_public_access_cidrs": ["8.8.8.0/24"],
                "cluster.endpoint_private_access": False,
            },
            "endpoint_private_access: is false, and the public endpoint is limited",
        ),
        ({"cluster.control_plane_zones": ["us-east-2a"]}, "control_plane_zones: 1 given; EKS wants two or more"),
        ({"cluster.control_plane_zones": ["us-east-2a", "us-east-2a"]}, "us-east-2a is listed twice"),
        ({"cluster.control_plane_zones": ["us-east-2a", "us-east-2c"]}, "us-east-2c is not one of network.zones"),
        ({f"{GROUP}.zones": ["us-east-2c"]}, "node_groups.general.zones.0: us-east-2c is not one of network.zones"),
        ({f"{GROUP}.zones": ["us-east-2a", "us-east-2a"]}, "us-east-2a is listed twice"),
        (entries(a="role/sre", b="role/sre"), "access_entries.b.principal: role/sre has an entry already"),
    ],
)
def test_fails(settings: dict[str, Any], message: str, vary: Vary) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        vary(settings)


def test_core_add_ons_stay_in_the_cluster_when_eks_no_longer_manages_them(
    vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    addons = stack_of(vary, synthesize_one, {}).resources("aws_eks_addon")
    assert [addon["preserve"] for addon in addons.values()] == [True] * 4
