"""A realistic program: for every environment a network, a cluster, its add-ons and its monitoring, in four stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cluster import add_cluster
from .network import add_network
from .workloads import add_workloads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdktf import App


def build(app: App, environments: Iterable[str]) -> None:
    """Add the four stacks of each environment to `app`."""
    for environment in environments:
        add_environment(app, environment)


def add_environment(app: App, environment: str) -> None:
    """Add the four stacks of one environment to `app`."""
    if environment == "impossible":
        raise ValueError("there can be no environment of this name")
    network = add_network(app, environment)
    cluster = add_cluster(app, environment, network)
    add_workloads(app, environment, "addons", cluster)
    add_workloads(app, environment, "monitoring", cluster)
