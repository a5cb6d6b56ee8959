"""The configuration of vpc-cni: which addresses pods get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from config.cluster.eks_addons import VpcCniAddon


@dataclass(frozen=True, kw_only=True)
class PodSubnets:
    """Subnets of a region for pods by zone, and the security group of their network interfaces."""

    region: str
    subnet_ids: Mapping[str, str]
    security_group_id: str


def with_pod_subnets(settings: VpcCniAddon, subnets: PodSubnets | None) -> VpcCniAddon:
    """Return the settings of the add-on with the whole configuration, as its schema wants it.

    An ENIConfig has the name of a zone: https://github.com/aws/amazon-vpc-cni-k8s/blob/v1.23.1/charts/aws-vpc-cni
    """
    own: dict[str, JsonValue] = dict(settings.configuration)
    if settings.own_env():
        given = own.get("env")
        own["env"] = {**(given if isinstance(given, dict) else {}), **settings.own_env()}
    if subnets is not None:
        own["eniConfig"] = {
            "create": True,
            "region": subnets.region,
            "subnets": {
                zone: {"id": subnet, "securityGroups": [subnets.security_group_id]}
                for zone, subnet in subnets.subnet_ids.items()
            },
        }
    return settings.model_copy(update={"configuration": own})
