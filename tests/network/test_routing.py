"""Where NAT gateways and their addresses go when there are to be more or fewer of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs.former_address import resource_name

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.synthesis import Stack, Synthesized

MOVED = {
    "aws_eip": "nat{}-address",
    "aws_nat_gateway": "nat{}",
    "aws_route": "nat{}-route",
    "aws_route_table": "table-private{}",
}


def moves(stack: Stack) -> dict[str, str]:
    """Return the new address by the former one."""
    return {move["from"]: move["to"] for move in stack.json.get("moved", [])}


def expected(former: str, new: str) -> dict[str, str]:
    """Return the moves of a gateway and what belongs to it, from one suffix of the names to another."""
    return {
        f"{type_}.{resource_name(['routing', name.format(former)])}": (
            f"{type_}.{resource_name(['routing', name.format(new)])}"
        )
        for type_, name in MOVED.items()
    }


def test_a_single_gateway_becomes_that_of_its_zone(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    settings = {"network.nat_gateways": "per_zone", "network.nat_gateway_zone": "us-east-2b"}
    assert moves(synthesize_one(vary(settings))["dev-network"]) == expected("", "-us-east-2b")


def test_a_zones_gateway_becomes_the_single_one(synthesized: Synthesized) -> None:
    assert moves(synthesized["dev-network"]) == expected("-us-east-2a", "")


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_only_a_zone_that_was_chosen_moves_the_gateway(environment: str, synthesized: Synthesized) -> None:
    gateways = synthesized[f"{environment}-network"].resources("aws_nat_gateway").values()
    ignored = {"ignore_changes": ["subnet_id"]} if environment == "dev" else None
    assert [gateway.get("lifecycle") for gateway in gateways] == [ignored] * len(gateways)


def test_a_subnet_changes_its_route_table_once_the_new_gateway_has_a_route(synthesized: Synthesized) -> None:
    stack = synthesized["prod-network"]
    for zone in ("us-east-2a", "us-east-2b", "us-east-2c"):
        association = stack.resources("aws_route_table_association")[resource_name(["routing", f"private-{zone}"])]
        assert association["depends_on"] == [f"aws_route.{resource_name(['routing', f'nat-{zone}-route'])}"]


def test_nat_gateways_take_addresses_that_exist(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    given = {"us-east-2a": "eipalloc-0a1b2c3d4e5f60718"}
    settings = {"network.nat_gateways": "per_zone", "network.nat_gateway_allocation_ids": given}
    stack = synthesize_one(vary(settings))["dev-network"]
    addresses = [gateway["allocation_id"] for gateway in stack.resources("aws_nat_gateway").values()]
    assert addresses[0] == given["us-east-2a"]
    assert addresses[1].startswith("${aws_eip.")
    assert len(stack.resources("aws_eip")) == 1


def test_subnets_have_tags_by_their_kind(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    tags = {"karpenter.sh/discovery": "dev-gd9"}
    stack = synthesize_one(vary({"network.private_subnet_tags": tags}))["dev-network"]
    for id_, subnet in stack.resources("aws_subnet").items():
        assert ("karpenter.sh/discovery" in subnet["tags"]) == ("private" in id_)
        assert subnet["tags"]["kubernetes.io/cluster/dev-gd9"] == "owned"
