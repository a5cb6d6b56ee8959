"""What is worth knowing about an environment and stops nothing: synthesis reports it in one line each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from config.cluster.endpoint import lets_nobody_in
from config.core import aws
from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from config.cluster.cluster import ClusterSettings
    from config.cluster.node_groups import NodeGroup
    from config.environment import Environment

NOTICE_OF_SUPPORT: Final = timedelta(days=60)


def notices_of(environment: Environment, today: date) -> Iterator[Problem]:
    """Yield what would surprise later: what only nodes reach, what costs, what is lost with a zone."""
    if environment.existing_cluster is None:
        yield from _cluster_notices(environment)
        yield from _support_notices(environment.cluster, today)


def _cluster_notices(environment: Environment) -> Iterator[Problem]:
    cluster = environment.cluster
    if lets_nobody_in(cluster):
        yield Problem(
            ("cluster",),
            "only nodes reach the Kubernetes API, and whatever else has rules of its own in the cluster's security "
            "group; admit runners, a VPN or peered networks by endpoint_private_access_cidrs",
        )
    for name, group in cluster.node_groups.items():
        yield from _group_notices(environment, name, group)


def _support_notices(cluster: ClusterSettings, today: date) -> Iterator[Problem]:
    """Yield that support of the version ends soon, or has ended.

    https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
    """
    support = aws.KUBERNETES_SUPPORT.get(cluster.version)
    location = ("cluster", "version")
    if support is None:
        return
    if today > support.extended_ends:
        yield Problem(
            location, f"EKS ended its support of {cluster.version} on {support.extended_ends} and upgrades it"
        )
    elif today > support.standard_ends - NOTICE_OF_SUPPORT:
        after = (
            "until the upgrade the control plane costs 0.60 USD an hour from then on, in place of 0.10"
            if cluster.support_type == "EXTENDED"
            else "EKS upgrades the cluster then"
        )
        yield Problem(location, f"standard support of {cluster.version} ends on {support.standard_ends}; {after}")


def _group_notices(environment: Environment, name: str, group: NodeGroup) -> Iterator[Problem]:
    zones = group.zones or environment.zones
    is_scaled = environment.cluster_addons.cluster_autoscaler.enabled
    if is_scaled and environment.has_csi_addon and len(zones) > 1 and not group.one_group_per_zone:
        # https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
        yield Problem(
            ("cluster", "node_groups", name),
            f"spans {len(zones)} zones: a pod whose volume on EBS is in one of them may wait forever, as the cluster "
            "autoscaler chooses a group and not a zone; set one_group_per_zone, or zones",
        )
    if group.capacity_type == "SPOT" and len(group.instance_types) == 1:
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-best-practices.html
        yield Problem(
            ("cluster", "node_groups", name, "instance_types"),
            "SPOT nodes of one type are taken away all at once; name several types with the same CPUs and memory",
        )
