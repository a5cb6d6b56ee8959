"""A cluster of the environment's own in a VPC that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.project import environment_text
from tests.environments import DATA, read_environment

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne
    from tests.core.project import Project

VPC, FIRST, SECOND = "vpc-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"
ZONES = "zones: [us-east-2a, us-east-2b]"
EXISTING = f"existing: {{vpc_id: {VPC}, private_subnet_ids: {{us-east-2a: {FIRST}, us-east-2b: {SECOND}}}}}"


def test_nothing_of_the_network_is_made_but_endpoints(synthesize_one: SynthesizeOne) -> None:
    stacks = synthesize_one(read_environment(DATA / "inside.yaml"))
    network = stacks["inside-network"]
    made = {type_ for type_, _, _ in network.all_resources()}
    assert made == {"aws_security_group", "aws_vpc_endpoint", "aws_vpc_security_group_ingress_rule"}
    for subnet in network.data("aws_subnet").values():
        assert subnet["vpc_id"] == VPC
        assert subnet["availability_zone"] in ("us-east-2a", "us-east-2b")
    assert network.json["output"]["vpc_id"]["value"] == VPC
    assert network.json["output"]["private_subnet_zones"]["value"] == ["us-east-2a", "us-east-2b"]
    assert len(stacks["inside-cluster"].resources("aws_eks_node_group")) == 2


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (f"{ZONES}\n{EXISTING}", "vpc_cidr: is missing; give the block of the existing VPC"),
        (
            f"{ZONES}\nvpc_cidr: 10.0.0.0/16\nnat_gateways: single\n{EXISTING}",
            "nat_gateways: cannot be used with an existing network; remove it",
        ),
        (
            f"zones: [us-east-2a, us-east-2c]\nvpc_cidr: 10.0.0.0/16\n{EXISTING}",
            "existing.private_subnet_ids: has no subnet of us-east-2c, one of zones",
        ),
        (
            f"zones: [us-east-2a, us-east-2c]\nvpc_cidr: 10.0.0.0/16\n{EXISTING}",
            "existing.private_subnet_ids.us-east-2b: us-east-2b is not one of zones",
        ),
        (
            f"{ZONES}\nvpc_cidr: 10.0.0.0/16\nexisting: {{vpc_id: main}}",
            "existing.vpc_id: 'main' is not the id of a VPC",
        ),
    ],
)
def test_what_does_not_go_with_it_is_refused(network: str, told: str, project: Project) -> None:
    problems = project.problems_of(environment_text(network=network))
    assert any(f": network.{told}" in problem for problem in problems), problems
