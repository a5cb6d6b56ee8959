"""Settings of a VPC that exists already, in which the environment makes its cluster."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from config.core.settings import Settings
from config.core.types import Zone, text

VpcId = Annotated[str, *text(r"vpc-[0-9a-f]{8,17}", "the id of a VPC (vpc-…)")]
SubnetId = Annotated[str, *text(r"subnet-[0-9a-f]{8,17}", "the id of a subnet (subnet-…)")]

GO_WITH_IT: Final = frozenset(
    {
        "existing", "zones", "vpc_cidr", "secondary_cidrs", "ipv6", "interface_endpoints", "endpoint_accounts",
        "endpoint_policies",
    }
)  # fmt: skip
"""Settings that can be used with an existing network."""


class ExistingNetwork(Settings):
    """A VPC and its subnets, of which nothing is changed: routes, NAT gateways and tags are yours."""

    vpc_id: VpcId = Field(description="ID of the VPC, with DNS hostnames and DNS resolution on.")
    private_subnet_ids: dict[Zone, SubnetId] = Field(
        description="Private subnets by zone, one in each of `zones`: of the control plane, the nodes, and internal "
        "load balancers by the tag `kubernetes.io/role/internal-elb: 1`."
    )
    public_subnet_ids: dict[Zone, SubnetId] = Field(
        default={},
        description="Public subnets by zone, for load balancers on the internet by the tag "
        "`kubernetes.io/role/elb: 1`. Default: none.",
    )
    pods_subnet_ids: dict[Zone, SubnetId] = Field(
        default={},
        description="Subnets for pods by zone; see cluster.addons.vpc_cni.custom_networking. Default: none.",
    )
