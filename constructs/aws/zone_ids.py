"""Ids of hosted zones: those that are given, and those that are looked up by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.addons.hosted_zones import HostedZone
    from constructs import Construct


def find_zone_ids(scope: Construct, zones: Iterable[HostedZone]) -> list[str]:
    """Return the id of each zone, in their order."""
    return [zone.id or _look_up(scope, zone) for zone in zones]


def _look_up(scope: Construct, zone: HostedZone) -> str:
    found = DataAwsRoute53Zone(scope, f"zone-{zone.key}", name=zone.name, private_zone=zone.private)
    return found.zone_id


def zone_arns(partition: str, zone_ids: Iterable[str]) -> list[str]:
    """Return the ARNs of zones, which have neither region nor account."""
    return [f"arn:{partition}:route53:::hostedzone/{zone_id}" for zone_id in zone_ids]
