"""Subnets that exist: looked up, so that the plan fails for one of another VPC or zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import Postcondition, TerraformResourceLifecycle, TerraformSelf
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet

from constructs import Construct
from constructs.network.subnets import SubnetsOutputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.network.existing_network import ExistingNetwork
    from config.network.subnet_blocks import FurtherTier, Tier


class ExistingSubnets(Construct):
    """The subnets of a VPC by zone."""

    def __init__(self, scope: Construct, id_: str, *, existing: ExistingNetwork, ipv6: bool) -> None:
        super().__init__(scope, id_)
        self.vpc_id = existing.vpc_id
        self.ipv6 = ipv6
        self.outputs = SubnetsOutputs(
            private=self._find("private", existing.private_subnet_ids),
            public=self._find("public", existing.public_subnet_ids),
            pods=self._find("pods", existing.pods_subnet_ids),
            intra={},
            database={},
        )

    def _find(self, tier: Tier | FurtherTier, ids: Mapping[str, str]) -> dict[str, str]:
        return {zone: self._find_one(tier, zone, ids[zone]) for zone in sorted(ids)}

    def _find_one(self, tier: Tier | FurtherTier, zone: str, subnet_id: str) -> str:
        subnet = DataAwsSubnet(
            self,
            f"{tier}-{zone}",
            id=subnet_id,
            vpc_id=self.vpc_id,
            availability_zone=zone,
            lifecycle=_with_ipv6(subnet_id) if self.ipv6 else None,
        )
        return subnet.id


def _with_ipv6(subnet_id: str) -> TerraformResourceLifecycle:
    """Let the plan fail for a subnet in which nodes could not be made.

    https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html
    """
    return TerraformResourceLifecycle(
        postcondition=[
            Postcondition(
                condition=TerraformSelf.get_any("assign_ipv6_address_on_creation"),
                error_message=f"network.ipv6 is true, and {subnet_id} gives its machines no IPv6 addresses.",
            )
        ]
    )
