"""What is worth knowing about an environment and stops nothing: synthesis says it in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.cluster.endpoint import lets_nobody_in
from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.environment import Environment


def notices_of(environment: Environment) -> Iterator[Problem]:
    """Yield what would surprise later: what only nodes reach, what costs, what is lost with a zone."""
    if environment.existing_cluster is None:
        yield from _cluster_notices(environment)


def _cluster_notices(environment: Environment) -> Iterator[Problem]:
    cluster = environment.cluster
    if lets_nobody_in(cluster):
        yield Problem(
            ("cluster",),
            "only nodes reach the Kubernetes API, and whatever else has rules of its own in the cluster's security "
            "group; admit runners, a VPN or peered networks by endpoint_private_access_cidrs",
        )
