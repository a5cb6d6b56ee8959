"""The network section: defaults, what is computed, and what AWS would refuse."""

# ruff: noqa: E501 (a message stands on one line here, as it is told)

from __future__ import annotations

import json
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pytest

from config.network.network import NetworkSettings

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

    @pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.16.0.0/20", "100.64.0.0/16", "54.240.0.0/17", "10.0.0.0/24"])
    def test_set(self, project: Project, cidr: str) -> None:
        assert str(network_of(project.environment(network=f"vpc_cidr: {cidr}")).vpc_cidr) == cidr

    @pytest.mark.parametrize(
        ("cidr", "message"),
        [
            ("10.0.0.0/15", "10.0.0.0/15 is outside the sizes of a VPC, /16 to /28"),
            ("10.0.0.0/29", "10.0.0.0/29 is outside the sizes of a VPC, /16 to /28"),
            ("10.0.0.0/26", "10.0.0.0/26 is too small to compute subnets for 2 zones"),
            ("10.0.0.1/16", "10.0.0.1/16 is not the first address of a block that large; write 10.0.0.0/16"),
            ("10.0.0.0", "'10.0.0.0' is not a CIDR block like 10.0.0.0/16"),
            ("10.0.0.0/255.255.0.0", "'10.0.0.0/255.255.0.0' is not a CIDR block like 10.0.0.0/16"),
            ("10.0.0.256/16", "'10.0.0.256/16' is not a CIDR block: Octet 256 (> 255) not permitted in '10.0.0.256'"),
            ("10.0.0.0/33", "'10.0.0.0/33' is not a CIDR block: '33' is not a valid netmask"),
            ("fd00::/56", "'fd00::/56' is not a CIDR block like 10.0.0.0/16"),
            ("10", "10 is not a CIDR block like 10.0.0.0/16"),
            ("", "has no value; write a CIDR block like 10.0.0.0/16"),
            ("127.0.0.0/16", "127.0.0.0/16 lies in 127.0.0.0/8, which no machine can have addresses of"),
            ("169.254.0.0/16", "169.254.0.0/16 lies in 169.254.0.0/16, which no machine can have addresses of"),
            ("224.0.0.0/16", "224.0.0.0/16 lies in 224.0.0.0/3, which no machine can have addresses of"),
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


class TestSubnetCidrs:
    def test_computed_for_two_zones(self, project: Project) -> None:
        private, public = network_of(project.environment()).subnet_cidrs()
        assert [str(cidr) for cidr in private] == ["10.0.0.0/19", "10.0.32.0/19"]
        assert [str(cidr) for cidr in public] == ["10.0.64.0/19", "10.0.96.0/19"]

    def test_computed_for_three_zones(self, project: Project) -> None:
        network = network_of(project.environment(network="zones: [us-east-2a, us-east-2b, us-east-2c]"))
        private, public = network.subnet_cidrs()
        assert [str(cidr) for cidr in private] == ["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"]
        assert [str(cidr) for cidr in public] == ["10.0.48.0/20", "10.0.64.0/20", "10.0.80.0/20"]

    @pytest.mark.parametrize("zones", range(2, 7))
    @pytest.mark.parametrize("prefix", range(16, 24))
    def test_computed_ones_fit(self, zones: int, prefix: int) -> None:
        data = {"vpc_cidr": f"10.0.0.0/{prefix}", "zones": [f"us-east-1{letter}" for letter in "abcdef"[:zones]]}
        network = NetworkSettings.model_validate_json(json.dumps(data))
        cidrs = [cidr for half in network.subnet_cidrs() for cidr in half]
        assert len(set(cidrs)) == 2 * zones
        assert all(cidr.subnet_of(network.vpc_cidr) for cidr in cidrs)

    def test_set(self, project: Project) -> None:
        network = network_of(
            project.environment(
                network="vpc_cidr: 10.0.0.0/26\nprivate_subnet_cidrs: [10.0.0.0/28, 10.0.0.16/28]\n"
                "public_subnet_cidrs: [10.0.0.32/28, 10.0.0.48/28]"
            )
        )
        assert network.subnet_cidrs() == (network.private_subnet_cidrs, network.public_subnet_cidrs)

    def test_one_kind_set(self, project: Project) -> None:
        network = network_of(project.environment(network="public_subnet_cidrs: [10.0.200.0/24, 10.0.201.0/24]"))
        private, public = network.subnet_cidrs()
        assert [str(cidr) for cidr in (*private, *public)] == [
            "10.0.0.0/19",
            "10.0.32.0/19",
            "10.0.200.0/24",
            "10.0.201.0/24",
        ]

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
            ("[10.0.0.0/20, 10.0.1.0/24]", "private_subnet_cidrs[1]: 10.0.1.0/24 overlaps 10.0.0.0/20"),
        ],
    )
    def test_fails(self, project: Project, cidrs: str, message: str) -> None:
        project.refuses(f"network.{message}", network=f"private_subnet_cidrs: {cidrs} # <-")

    def test_fails_when_given_one_overlaps_computed_one(self, project: Project) -> None:
        project.refuses(
            "network.public_subnet_cidrs[0]: 10.0.0.0/24 overlaps 10.0.0.0/19",
            network="public_subnet_cidrs: [10.0.0.0/24, 10.0.201.0/24] # <-",
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
            "network.s3_gateway_endpoint: must be true without a NAT gateway: image layers come from S3",
            network="nat_gateways: none # <-\ninterface_endpoints: [ec2]\ns3_gateway_endpoint: false # <-",
        )

    def test_fails_as_none_without_registry(self, project: Project) -> None:
        project.refuses(
            "kube_prom_stack.image_registry: is needed while network.nat_gateways is none: public registries are out of reach",
            network=f"nat_gateways: none\ninterface_endpoints: {ENDPOINTS}",
            kube_prom_stack="image_registry: null # <-",
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
