"""Further blocks of the VPC, and subnets in them for pods, without a way out, and for databases."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack

SETTINGS = {
    "network.secondary_cidrs": ["100.64.0.0/16"],
    "network.cidrs": {
        "us-east-2a": {"pods": "100.64.0.0/18", "intra": "100.64.192.0/24", "database": "100.64.193.0/24"},
        "us-east-2b": {"pods": "100.64.64.0/18", "intra": "100.64.194.0/24", "database": "100.64.195.0/24"},
    },
    "network.pods_subnet_tags": {"kubernetes.io/role/cni": "1"},
    "network.interface_endpoints": ["sts"],
}


@pytest.fixture
def network(vary: Vary, synthesize_one: SynthesizeOne) -> Stack:
    """The network of `dev` with every further kind of subnet."""
    return synthesize_one(vary(SETTINGS))["dev-network"]


def by_kind(network: Stack) -> dict[str, dict[str, Any]]:
    """Return the further subnets by kind and zone."""
    names = {subnet["tags"]["Name"]: (id_, subnet) for id_, subnet in network.resources("aws_subnet").items()}
    return {
        kind: {zone: names[f"dev-{kind}-{zone}"] for zone in ("us-east-2a", "us-east-2b")}
        for kind in ("pods", "intra", "database")
    }


def tables(network: Stack) -> dict[str, str]:
    """Return the name of the route table by the id of a subnet in the configuration."""
    names = {id_: table["tags"]["Name"] for id_, table in network.resources("aws_route_table").items()}
    return {
        one["subnet_id"].split(".")[1]: names[one["route_table_id"].split(".")[1]]
        for one in network.resources("aws_route_table_association").values()
    }


def test_a_subnet_in_a_further_block_waits_for_it(network: Stack) -> None:
    ((id_, block),) = network.resources("aws_vpc_ipv4_cidr_block_association").items()
    assert block["cidr_block"] == "100.64.0.0/16"
    for subnets in by_kind(network).values():
        for _, subnet in subnets.values():
            assert subnet["depends_on"] == [f"aws_vpc_ipv4_cidr_block_association.{id_}"]
    own = [one for one in network.resources("aws_subnet").values() if one["cidr_block"].startswith("10.")]
    assert len(own) == 4
    assert not any("depends_on" in subnet for subnet in own)


def test_pods_leave_as_their_nodes_do_and_the_others_not_at_all(network: Stack) -> None:
    table_of = tables(network)
    found = {kind: {table_of[id_] for id_, _ in subnets.values()} for kind, subnets in by_kind(network).items()}
    assert found == {"pods": {"dev-private"}, "intra": {"dev-intra"}, "database": {"dev-database"}}
    routed = {
        network.resources("aws_route_table")[route["route_table_id"].split(".")[1]]["tags"]["Name"]
        for route in network.resources("aws_route").values()
    }
    assert routed == {"dev-private", "dev-public"}


def test_pods_of_a_zone_leave_by_its_own_gateway(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    network = synthesize_one(vary({**SETTINGS, "network.nat_gateways": "per_zone"}))["dev-network"]
    table_of = tables(network)
    found = {zone: table_of[id_] for zone, (id_, _) in by_kind(network)["pods"].items()}
    assert found == {"us-east-2a": "dev-private-us-east-2a", "us-east-2b": "dev-private-us-east-2b"}


def test_only_the_tags_of_their_kind(network: Stack) -> None:
    found = by_kind(network)
    zone = "us-east-2a"
    assert found["pods"][zone][1]["tags"] == {"Name": f"dev-pods-{zone}", "kubernetes.io/role/cni": "1"}
    assert found["intra"][zone][1]["tags"] == {"Name": f"dev-intra-{zone}"}


def test_databases_have_a_subnet_group(network: Stack) -> None:
    (group,) = network.resources("aws_db_subnet_group").values()
    assert group["name"] == "dev-database"
    assert [id_.split(".")[1] for id_ in group["subnet_ids"]] == [
        id_ for id_, _ in by_kind(network)["database"].values()
    ]
    outputs = network.json["output"]
    assert len(outputs["pods_subnet_ids"]["value"]) == len(outputs["intra_subnet_ids"]["value"]) == 2
    assert outputs["pods_subnet_zones"]["value"] == ["us-east-2a", "us-east-2b"]
    assert outputs["database_subnet_group_name"]["value"].startswith("${aws_db_subnet_group.")


def test_pods_in_a_further_block_reach_the_endpoints(network: Stack) -> None:
    admitted = {rule["cidr_ipv4"] for rule in network.resources("aws_vpc_security_group_ingress_rule").values()}
    assert admitted == {"10.0.0.0/16", "100.64.0.0/16"}
    (gateway,) = (
        one for one in network.resources("aws_vpc_endpoint").values() if one["vpc_endpoint_type"] == "Gateway"
    )
    assert len(gateway["route_table_ids"]) == 3


def test_nothing_further_without_blocks(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    network = synthesize_one(vary({}))["dev-network"]
    assert sorted(network.json["output"]) == [
        "private_subnet_ids",
        "private_subnet_zones",
        "public_subnet_ids",
        "vpc_id",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("secondary_cidrs: [100.64.0.0/15]", "secondary_cidrs[0]: 100.64.0.0/15 is outside the sizes of a block, /16 to /28"),
        ("secondary_cidrs: [10.0.128.0/20]", "secondary_cidrs[0]: 10.0.128.0/20 overlaps vpc_cidr 10.0.0.0/16"),
        ("secondary_cidrs: [100.64.0.0/16, 100.64.64.0/20]", "secondary_cidrs[1]: 100.64.64.0/20 overlaps 100.64.0.0/16"),
        ("secondary_cidrs: [192.168.0.0/20]", "secondary_cidrs[0]: 192.168.0.0/20 is in 192.168.0.0/16, which AWS does not add to a VPC in 10.0.0.0/16"),
        ("secondary_cidrs: [169.254.0.0/20]", "secondary_cidrs[0]: 169.254.0.0/20 is in 169.254.0.0/16, which AWS does not add to a VPC in 10.0.0.0/16"),
        ("cidrs: {us-east-2a: {pods: 100.64.0.0/18}}", "cidrs.us-east-2a.pods: 100.64.0.0/18 is not inside vpc_cidr 10.0.0.0/16"),
        ("cidrs: {us-east-2a: {intra: 10.0.128.0/24}}", "cidrs.us-east-2a.intra: 10.0.128.0/24 overlaps 10.0.128.0/20, the private subnet of us-east-2a"),
        ("cidrs: {us-east-2a: {database: 10.0.0.0/24}}", "cidrs.us-east-2a.database: is in one zone; RDS wants subnets in two zones or more"),
        ("cidrs: {us-east-2a: {pods: 10.0.0.0/29}}", "cidrs.us-east-2a.pods: 10.0.0.0/29 is outside the sizes of a subnet, /16 to /28"),
        ("intra_subnet_tags: {tier: intra}", "intra_subnet_tags: has no effect while no zone of cidrs has intra"),
    ],
)  # fmt: skip
def test_what_aws_does_not_take_is_refused(given: str, told: str, project: Project) -> None:
    project.refuses(f"network.{told}", network=f"{given} # <-")


def test_services_have_no_addresses_of_a_further_block(project: Project) -> None:
    project.refuses(
        "cluster.service_ipv4_cidr: 10.1.0.0/20 overlaps network.secondary_cidrs 10.1.0.0/16",
        network="secondary_cidrs: [10.1.0.0/16]",
        cluster="service_ipv4_cidr: 10.1.0.0/20 # <-",
    )
