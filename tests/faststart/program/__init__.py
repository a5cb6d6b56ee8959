"""A realistic program: for every environment a network, a cluster, its add-ons and its monitoring, in four stacks."""

from __future__ import annotations

from collections.abc import Iterable

from cdktf import App

from .cluster import add_cluster
from .network import add_network
from .workloads import add_workloads


def build(app: App, environments: Iterable[str]) -> None:
    """Add the four stacks of each environment to `app`."""
    for environment in environments:
        network = add_network(app, environment)
        cluster = add_cluster(app, environment, network)
        add_workloads(app, environment, "addons", cluster)
        add_workloads(app, environment, "monitoring", cluster)
