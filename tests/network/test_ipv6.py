"""IPv6: a block for the VPC and for each subnet, and the ways out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from config.environment import Environment
from config.network.subnet_blocks import FURTHER_TIERS, TIERS, ipv6_subnet_number
from operations.judging.judge import judge
from operations.judging.verdict import Effect
from tests.environments import DATA, read_environment

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.synthesis import Stack


def routes(network: Stack, destination: str) -> dict[str, str]:
    """Return where a destination leads to, by the name of the route table."""
    names = {id_: table["tags"]["Name"] for id_, table in network.resources("aws_route_table").items()}
    return {
        names[route["route_table_id"].split(".")[1]]: next(
            target.removesuffix("_id") for target in route if target.endswith("gateway_id")
        )
        for route in network.resources("aws_route").values()
        if route.get("destination_ipv6_cidr_block") == destination
    }


def test_nothing_of_ipv6_by_default(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert "ipv6" not in str(synthesize_one(vary({}))["dev-network"].json)


def test_every_subnet_has_a_part_of_the_block_of_its_own(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    network = synthesize_one(vary({"network.ipv6": True}))["dev-network"]
    assert network.resource("aws_vpc")["assign_generated_ipv6_cidr_block"] is True
    subnets = network.resources("aws_subnet").values()
    assert all(subnet["assign_ipv6_address_on_creation"] for subnet in subnets)
    parts = {
        subnet["tags"]["Name"]: re.fullmatch(
            r"\$\{cidrsubnet\(aws_vpc\.\w+\.ipv6_cidr_block, 8, (\d+)\)}", subnet["ipv6_cidr_block"]
        )
        for subnet in subnets
    }
    assert {name: part and part[1] for name, part in parts.items()} == {
        "dev-private-us-east-2a": "0",
        "dev-private-us-east-2b": "1",
        "dev-public-us-east-2a": "32",
        "dev-public-us-east-2b": "33",
    }


def test_no_two_subnets_have_one_part() -> None:
    numbers = [
        ipv6_subnet_number(tier, f"us-east-2{chr(ord('a') + letter)}")
        for tier in (*TIERS, *FURTHER_TIERS)
        for letter in range(26)
    ]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < 256


@pytest.mark.parametrize(
    ("gateways", "private"),
    [
        ("single", {"dev-private": "egress_only_gateway"}),
        (
            "per_zone",
            {"dev-private-us-east-2a": "egress_only_gateway", "dev-private-us-east-2b": "egress_only_gateway"},
        ),
        ("unmanaged", {}),
    ],
)
def test_private_subnets_leave_where_they_have_a_way_out(
    gateways: str, private: dict[str, str], vary: Vary, synthesize_one: SynthesizeOne
) -> None:
    network = synthesize_one(vary({"network.ipv6": True, "network.nat_gateways": gateways}))["dev-network"]
    assert routes(network, "::/0") == {"dev-public": "gateway", **private}
    assert len(network.resources("aws_egress_only_internet_gateway")) == bool(private)


def test_subnets_that_exist_have_to_give_addresses(synthesize_one: SynthesizeOne) -> None:
    data = read_environment(DATA / "inside.yaml").model_dump(mode="json", exclude_unset=True)
    data["network"]["ipv6"] = True
    stack = synthesize_one(Environment.model_validate_json(json.dumps(data)))["inside-network"]
    for subnet in stack.data("aws_subnet").values():
        (condition,) = subnet["lifecycle"]["postcondition"]
        assert condition["condition"] == "${self.assign_ipv6_address_on_creation}"


def change(type_: str, before: dict[str, Any], after: dict[str, Any], *actions: str) -> dict[str, Any]:
    """Return a plan with one change."""
    entry = {"address": f"{type_}.this", "type": type_, "mode": "managed"}
    return {"resource_changes": [{**entry, "change": {"actions": list(actions), "before": before, "after": after}}]}


@pytest.mark.parametrize(("before", "after"), [("ipv4", "ipv6"), ("ipv6", "ipv4")])
def test_another_family_of_a_cluster_is_impossible(before: str, after: str) -> None:
    config = [{"kubernetes_network_config": [{"ip_family": family}]} for family in (before, after)]
    (verdict,) = judge(change("aws_eks_cluster", config[0], config[1], "delete", "create"))
    assert verdict.effect is Effect.IMPOSSIBLE
    assert verdict.way.startswith(f"set ip_family to {before};")


def test_a_vpc_keeps_its_ipv6_block() -> None:
    block = "assign_generated_ipv6_cidr_block"
    (verdict,) = judge(change("aws_vpc", {block: True}, {block: False}, "update"))
    assert (verdict.effect, verdict.way) == (Effect.IMPOSSIBLE, "set network.ipv6 to true")
    assert judge(change("aws_vpc", {block: False}, {block: True}, "update")) == ()
