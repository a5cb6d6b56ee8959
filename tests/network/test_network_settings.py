"""The network section: defaults, what is computed, and what AWS would refuse."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

import json
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from config.network.network import NetworkSettings
from config.network.subnet_blocks import TIERS, subnet_blocks

if TYPE_CHECKING:
    from config.environment import Environment
    from tests.core.project import Project

ENDPOINTS = "[ec2, ecr.api, ecr.dkr, eks, eks-auth, logs, sts]"


def network_of(environment: Environment) -> NetworkSettings:
    """Return the network section, which these environments all have."""
    assert environment.network is not None
    return environment.network


class TestVpcCidr:
    def test_default(self, project: Project) -> None:
        assert network_of(project.environment()).vpc_cidr == IPv4Network("10.0.0.0/16")

    @pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.16.0.0/20", "100.64.0.0/16", "54.240.0.0/17", "10.0.0.0/22"])
    def test_set(self, project: Project, cidr: str) -> None:
        assert str(network_of(project.environment(network=f"vpc_cidr: {cidr}")).vpc_cidr) == cidr

    @pytest.mark.parametrize(
        ("cidr", "message"),
        [
            ("10.0.0.0/15", "10.0.0.0/15 is outside the sizes of a VPC, /16 to /28"),
            ("10.0.0.0/29", "10.0.0.0/29 is outside the sizes of a VPC, /16 to /28"),
            (
                "10.0.0.0/26",
                "10.0.0.0/26 is too small to compute subnets, /22 is the smallest; give the blocks in cidrs",
            ),
            (
                "10.0.0.0/25",
                "10.0.0.0/25 is too small to compute subnets, /22 is the smallest; give the blocks in cidrs, or those of earlier releases: private_subnet_cidrs: [10.0.0.0/28, 10.0.0.16/28], public_subnet_cidrs: [10.0.0.32/28, 10.0.0.48/28]",
            ),
            ("10.0.0.1/16", "10.0.0.1/16 is not the first address of a block that large; write 10.0.0.0/16"),
            ("10.0.0.0", "'10.0.0.0' is not a CIDR block like 10.0.0.0/16"),
            ("10.0.0.0/255.255.0.0", "'10.0.0.0/255.255.0.0' is not a CIDR block like 10.0.0.0/16"),
            ("10.0.0.256/16", "'10.0.0.256/16' is not a CIDR block: Octet 256 (> 255) not permitted in '10.0.0.256'"),
            ("10.0.0.0/33", "'10.0.0.0/33' is not a CIDR block: '33' is not a valid netmask"),
            ("fd00::/56", "'fd00::/56' is not a CIDR block like 10.0.0.0/16"),
            ("10", "10 is not a CIDR block like 10.0.0.0/16"),
            ("", "has no value; write a CIDR block like 10.0.0.0/16"),
            ("127.0.0.0/16", "127.0.0.0/16 is in 127.0.0.0/8, whose addresses no host can have"),
            ("169.254.0.0/16", "169.254.0.0/16 is in 169.254.0.0/16, whose addresses no host can have"),
            ("224.0.0.0/16", "224.0.0.0/16 is in 224.0.0.0/3, whose addresses no host can have"),
        ],
    )
    def test_fails(self, project: Project, cidr: str, message: str) -> None:
        project.refuses(f"network.vpc_cidr: {message}", network=f"vpc_cidr: {cidr} # <-")


class TestZones:
    def test_fails_with_one(self, project: Project) -> None:
        project.refuses("network.zones: 1 given; 2 to 6 are allowed", network="zones: [us-east-2a] # <-")

    def test_fails_with_many(self, project: Project) -> None:
        zones = ", ".join(f"us-east-2{letter}" for letter in "abcdefghij")
        project.refuses("network.zones: 10 given; 2 to 6 are allowed", network=f"zones: [{zones}] # <-")

    def test_fails_when_given_twice(self, project: Project) -> None:
        project.refuses(
            "network.zones[2]: us-east-2a is listed twice", network="zones: [us-east-2a, us-east-2b, us-east-2a] # <-"
        )

    def test_fails_in_another_region(self, project: Project) -> None:
        project.refuses(
            "network.zones[1]: us-east-1b is not a zone of region us-east-2",
            network="zones:\n- us-east-2a\n- us-east-1b # <-",
        )

    @pytest.mark.parametrize("zone", ["us-east-2", "use2-az1", "US-EAST-2A", "us-east-2-chi-1a"])
    def test_fails_when_no_zone(self, project: Project, zone: str) -> None:
        project.refuses(
            f"network.zones[0]: {zone!r} is not an availability zone like us-east-2a",
            network=f"zones:\n- {zone} # <-\n- us-east-2b",
        )

    def test_region_need_not_be_known(self, project: Project) -> None:
        """A wrong region is one problem, not one more for each zone."""
        (problem,) = project.problems_of(
            "name: dev\nregion: x\nnetwork: {zones: [us-east-2a, us-east-2b]}\n"
            "cluster: {name: a, node_groups: {b: {}}, enable_cluster_creator_admin_permissions: true}\n"
        )
        assert problem.startswith(
            "values/environments/dev.yaml:2: region: 'x' is not a region with EKS; allowed: af-south-1, "
        )

    def test_absurd_numbers_take_no_time(self, project: Project) -> None:
        zones = "zones: [" + "us-east-2a, " * 5000 + "]"
        cidrs = "private_subnet_cidrs: [" + "10.0.0.0/24, " * 5000 + "]"
        problems = project.problems_of(
            f"name: dev\nregion: us-east-2\nnetwork:\n  {zones}\n  {cidrs}\ncluster: {{name: a, node_groups: {{b: {{}}}}}}\n"
        )
        assert "values/environments/dev.yaml:4: network.zones: 5000 given; 2 to 6 are allowed" in problems


def blocks_of(network: NetworkSettings) -> dict[str, dict[str, str]]:
    """Return the blocks by tier and zone, as texts."""
    return {tier: {zone: str(one.cidr) for zone, one in subnet_blocks(network, tier).items()} for tier in TIERS}


def computed(zones: str, prefix: int = 16) -> NetworkSettings:
    """Return a network with computed blocks in zones of us-east-1 by letter."""
    data = {"vpc_cidr": f"10.0.0.0/{prefix}", "zones": [f"us-east-1{letter}" for letter in zones]}
    return NetworkSettings.model_validate_json(json.dumps(data))


def blocks_of_first_release(zones: int) -> list[IPv4Network]:
    """Return what the first release computed in 10.0.0.0/16, by the number of zones."""
    parts = IPv4Network("10.0.0.0/16").subnets(prefixlen_diff=(4 * zones - 1).bit_length())
    return list(parts)[: 2 * zones]


class TestSubnetBlocks:
    def test_computed(self, project: Project) -> None:
        assert blocks_of(network_of(project.environment())) == {
            "private": {"us-east-2a": "10.0.128.0/20", "us-east-2b": "10.0.144.0/20"},
            "public": {"us-east-2a": "10.0.224.0/22", "us-east-2b": "10.0.228.0/22"},
        }

    @pytest.mark.parametrize("zones", ["ab", "ba", "abc", "cab", "fedcba", "bd"])
    @pytest.mark.parametrize("prefix", range(16, 23))
    def test_computed_ones_depend_on_the_zone_alone(self, zones: str, prefix: int) -> None:
        network, whole = computed(zones, prefix), blocks_of(computed("abcdef", prefix))
        found = blocks_of(network)
        assert all(found[tier].items() <= whole[tier].items() for tier in TIERS)
        cidrs = [IPv4Network(cidr) for tier in TIERS for cidr in found[tier].values()]
        assert len(cidrs) == 2 * len(zones)
        assert all(cidr.subnet_of(network.vpc_cidr) for cidr in cidrs)
        assert not any(first.overlaps(second) for first, second in combinations(cidrs, 2))

    @pytest.mark.parametrize("zones", range(2, 7))
    def test_computed_ones_never_overlap_those_that_earlier_releases_gave_out(self, zones: int) -> None:
        whole = [IPv4Network(cidr) for cidrs in blocks_of(computed("abcdef")).values() for cidr in cidrs.values()]
        earlier = blocks_of_first_release(zones)
        assert not any(cidr.overlaps(other) for cidr in whole for other in earlier)

    def test_computed_ones_are_for_new_subnets_only(self) -> None:
        assert all(block.is_lasting for tier in TIERS for block in subnet_blocks(computed("ab"), tier).values())

    def test_by_zone(self, project: Project) -> None:
        text = "cidrs:\n  us-east-2b: {private: 10.0.32.0/19}\n  us-east-2a: {public: 10.0.0.0/24}"
        network = network_of(project.environment(network=text))
        assert blocks_of(network) == {
            "private": {"us-east-2a": "10.0.128.0/20", "us-east-2b": "10.0.32.0/19"},
            "public": {"us-east-2a": "10.0.0.0/24", "us-east-2b": "10.0.228.0/22"},
        }
        assert not subnet_blocks(network, "private")["us-east-2b"].is_lasting

    def test_by_lists(self, project: Project) -> None:
        lists = "private_subnet_cidrs: [10.0.0.0/28, 10.0.0.16/28]\npublic_subnet_cidrs: [10.0.0.32/28, 10.0.0.48/28]"
        network = network_of(project.environment(network=f"vpc_cidr: 10.0.0.0/26\n{lists}"))
        assert blocks_of(network) == {
            "private": {"us-east-2a": "10.0.0.0/28", "us-east-2b": "10.0.0.16/28"},
            "public": {"us-east-2a": "10.0.0.32/28", "us-east-2b": "10.0.0.48/28"},
        }
        assert not any(block.is_lasting for tier in TIERS for block in subnet_blocks(network, tier).values())

    def test_lists_of_zones_in_another_order_do_not_move_a_subnet_that_exists(self, project: Project) -> None:
        network = network_of(
            project.environment(
                network="zones: [us-east-2b, us-east-2a]\nprivate_subnet_cidrs: [10.0.0.0/24, 10.0.1.0/24]"
            )
        )
        assert blocks_of(network)["private"] == {"us-east-2a": "10.0.1.0/24", "us-east-2b": "10.0.0.0/24"}
        assert all(block.is_lasting for block in subnet_blocks(network, "private").values())

    @pytest.mark.parametrize(
        ("cidrs", "message"),
        [
            ("[10.0.0.0/24]", "private_subnet_cidrs: 1 given for 2 zones; give one per zone"),
            ("[]", "private_subnet_cidrs: 0 given for 2 zones; give one per zone"),
            ("[10.0.0.0/24, 10.1.0.0/24]", "private_subnet_cidrs[1]: 10.1.0.0/24 is not inside vpc_cidr 10.0.0.0/16"),
            (
                "[10.0.0.0/24, 10.0.1.0/29]",
                "private_subnet_cidrs[1]: 10.0.1.0/29 is outside the sizes of a subnet, /16 to /28",
            ),
            (
                "[10.0.0.0/20, 10.0.1.0/24]",
                "private_subnet_cidrs[1]: 10.0.1.0/24 overlaps 10.0.0.0/20, the private subnet of us-east-2a",
            ),
            (
                "[10.0.0.0/20, 10.0.228.0/24]",
                "private_subnet_cidrs[1]: 10.0.228.0/24 overlaps 10.0.228.0/22, the public subnet of us-east-2b",
            ),
        ],
    )
    def test_fails(self, project: Project, cidrs: str, message: str) -> None:
        project.refuses(f"network.{message}", network=f"private_subnet_cidrs: {cidrs} # <-")

    def test_fails_for_an_unknown_zone(self, project: Project) -> None:
        project.refuses(
            "network.cidrs.us-east-2c: us-east-2c is not one of zones",
            network="cidrs:\n  us-east-2c: {private: 10.0.0.0/24} # <-",
        )

    def test_fails_when_given_in_both_forms(self, project: Project) -> None:
        project.refuses(
            "network.cidrs.us-east-2a.private: cannot be used with private_subnet_cidrs; give one of them",
            network="private_subnet_cidrs: [10.0.0.0/24, 10.0.1.0/24]\ncidrs:\n  us-east-2a: {private: 10.0.0.0/24} # <-",
        )

    def test_fails_for_a_zone_without_a_computed_block(self, project: Project) -> None:
        project.refuses(
            "network.zones[1]: blocks are computed for zones a to f; give those of us-east-2g in cidrs",
            network="zones: [us-east-2a, us-east-2g] # <-",
        )


class TestNatGateways:
    def test_default(self, project: Project) -> None:
        assert network_of(project.environment()).nat_gateways == "per_zone"

    def test_none_with_what_nodes_need(self, project: Project) -> None:
        environment = project.environment(
            network=f"nat_gateways: none\ninterface_endpoints: {ENDPOINTS}",
            kube_prom_stack="image_registry: registry.example.com",
        )
        assert network_of(environment).nat_gateways == "none"

    def test_fails_as_none_without_endpoints(self, project: Project) -> None:
        project.refuses(
            "network.nat_gateways: without a NAT gateway nodes cannot join: add ecr.api, ecr.dkr, eks, eks-auth, logs, sts "
            "to interface_endpoints, or use single or per_zone",
            "network.s3_gateway_endpoint: must be true without a NAT gateway: image layers are pulled from S3",
            network="nat_gateways: none # <-\ninterface_endpoints: [ec2]\ns3_gateway_endpoint: false # <-",
        )

    def test_fails_as_none_without_registry(self, project: Project) -> None:
        project.refuses(
            "kube_prom_stack.image_registry: is needed while network.nat_gateways is none: public registries are out of reach",
            network=f"nat_gateways: none\ninterface_endpoints: {ENDPOINTS}",
            kube_prom_stack="image_registry: null # <-",
        )


class TestNatGatewayZone:
    def test_default_is_the_first_zone(self, project: Project) -> None:
        assert network_of(project.environment()).nat_home_zone == "us-east-2a"

    @pytest.mark.parametrize("gateways", ["single", "per_zone"])
    def test_set(self, project: Project, gateways: str) -> None:
        text = f"nat_gateways: {gateways}\nnat_gateway_zone: us-east-2b"
        assert network_of(project.environment(network=text)).nat_home_zone == "us-east-2b"

    def test_fails_without_a_gateway(self, project: Project) -> None:
        project.refuses(
            "network.nat_gateway_zone: has no effect while nat_gateways is none",
            network=f"nat_gateways: none\ninterface_endpoints: {ENDPOINTS}\nnat_gateway_zone: us-east-2b # <-",
            kube_prom_stack="image_registry: registry.example.com",
        )


class TestInterfaceEndpoints:
    def test_fails_when_given_twice(self, project: Project) -> None:
        project.refuses(
            "network.interface_endpoints[1]: sts is listed twice", network="interface_endpoints: [sts, sts] # <-"
        )

    def test_fails_when_unknown(self, project: Project) -> None:
        (problem,) = project.problems_of(
            "name: dev\nregion: us-east-2\nnetwork: {zones: [us-east-2a, us-east-2b], interface_endpoints: [ecr]}\n"
            "cluster: {name: a, node_groups: {b: {}}, enable_cluster_creator_admin_permissions: true}\n"
        )
        assert problem.startswith(
            "values/environments/dev.yaml:3: network.interface_endpoints[0]: 'ecr' is not allowed; "
        )


class TestFlowLogs:
    def test_default(self, project: Project) -> None:
        flow_logs = network_of(project.environment()).flow_logs
        assert (flow_logs.enabled, flow_logs.traffic_type, flow_logs.retention_days) == (True, "ALL", 365)

    def test_fails_with_retention_that_cannot_be_set(self, project: Project) -> None:
        project.refuses(
            "network.flow_logs.retention_days: 31 days cannot be set in CloudWatch Logs; allowed: 1, 3, 5, 7, 14, 30, 60, "
            "90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
            network="flow_logs:\n  retention_days: 31 # <-",
        )
