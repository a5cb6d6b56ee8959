"""Checks of who reaches the Kubernetes API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core import aws
from config.core.settings import Problem, unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.cluster.cluster import ClusterSettings

SHORTEST_PREFIX: Final = 8  # nobody owns a larger block; 0.0.0.0/1 with 128.0.0.0/1 would be everybody


def endpoint_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    """Yield an API that nobody reaches, and one that everybody does."""
    if not cluster.endpoint_private_access and not cluster.endpoint_public_access:
        yield Problem(
            ("endpoint_private_access",),
            "is false, and so is endpoint_public_access: nothing could reach the API",
        )
    if cluster.endpoint_public_access and not cluster.endpoint_private_access and cluster.endpoint_public_access_cidrs:
        yield Problem(
            ("endpoint_private_access",),
            "is false, and the public endpoint is limited to endpoint_public_access_cidrs: nodes, which would come "
            "from the addresses of the NAT gateways, could never join",
        )
    if cluster.endpoint_public_access_from_anywhere and not cluster.endpoint_public_access:
        yield Problem(("endpoint_public_access_from_anywhere",), "has no effect while endpoint_public_access is false")
    elif cluster.endpoint_public_access_from_anywhere and cluster.endpoint_public_access_cidrs:
        yield Problem(
            ("endpoint_public_access_cidrs",), "has no effect while endpoint_public_access_from_anywhere is true"
        )
    if (
        cluster.endpoint_public_access
        and not cluster.endpoint_public_access_cidrs
        and not cluster.endpoint_public_access_from_anywhere
    ):
        yield Problem(
            ("endpoint_public_access_cidrs",),
            "is empty; name the blocks that may reach the public endpoint",
        )
    if cluster.endpoint_public_access_cidrs and not cluster.endpoint_public_access:
        yield Problem(("endpoint_public_access_cidrs",), "has no effect while endpoint_public_access is false")
    yield from _cidr_problems(cluster)
    yield from _private_problems(cluster)


def lets_nobody_in(cluster: ClusterSettings) -> bool:
    """Return whether only nodes reach the API: the group that EKS makes admits its own members alone.

    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    return not (
        cluster.endpoint_public_access
        or cluster.endpoint_private_access_cidrs
        or cluster.endpoint_private_access_security_group_ids
        or cluster.security_group_ids
    )


def _private_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    for field in ("endpoint_private_access_cidrs", "endpoint_private_access_security_group_ids"):
        values = tuple(map(str, getattr(cluster, field)))
        if values and not cluster.endpoint_private_access:
            yield Problem((field,), "has no effect while endpoint_private_access is false")
        yield from unique(field, values)
    for position, cidr in enumerate(cluster.endpoint_private_access_cidrs):
        if cidr.prefixlen < SHORTEST_PREFIX:
            message = f"{cidr} opens the API to everyone; name your own blocks, /{SHORTEST_PREFIX} or smaller"
            yield Problem(("endpoint_private_access_cidrs", position), message)


def _cidr_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    if len(cluster.endpoint_public_access_cidrs) > aws.PUBLIC_ACCESS_CIDRS:
        yield Problem(
            ("endpoint_public_access_cidrs",),
            f"{len(cluster.endpoint_public_access_cidrs)} given; EKS takes at most {aws.PUBLIC_ACCESS_CIDRS}",
        )
    for position, cidr in enumerate(cluster.endpoint_public_access_cidrs):
        if cidr.prefixlen < SHORTEST_PREFIX:
            yield Problem(
                ("endpoint_public_access_cidrs", position),
                f"{cidr} opens the API to everyone; name your own blocks, /{SHORTEST_PREFIX} or smaller",
            )
        elif not cidr.is_global or cidr.is_multicast:
            yield Problem(
                ("endpoint_public_access_cidrs", position),
                f"{cidr} is not a public block, EKS refuses it",
            )
