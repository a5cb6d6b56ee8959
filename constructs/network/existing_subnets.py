"""Subnets that exist: looked up, so that the plan fails for one of another VPC or zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet

from constructs import Construct
from constructs.network.subnets import SubnetsOutputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.network.existing_network import ExistingNetwork
    from config.network.subnet_blocks import FurtherTier, Tier


class ExistingSubnets(Construct):
    """The subnets of a VPC by zone."""

    def __init__(self, scope: Construct, id_: str, *, existing: ExistingNetwork) -> None:
        super().__init__(scope, id_)
        self.vpc_id = existing.vpc_id
        self.outputs = SubnetsOutputs(
            private=self._find("private", existing.private_subnet_ids),
            public=self._find("public", existing.public_subnet_ids),
            pods=self._find("pods", existing.pods_subnet_ids),
            intra={},
            database={},
        )

    def _find(self, tier: Tier | FurtherTier, ids: Mapping[str, str]) -> dict[str, str]:
        return {
            zone: DataAwsSubnet(self, f"{tier}-{zone}", id=ids[zone], vpc_id=self.vpc_id, availability_zone=zone).id
            for zone in sorted(ids)
        }
