"""Settings of Karpenter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from config import versions
from config.addons.addon import Addon, Monitor, Replicas
from config.addons.karpenter.node_classes import NodeClass
from config.addons.karpenter.node_pools import NodePool
from config.core import aws
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import Resources, resources
from config.core.settings import Problem, limited
from config.core.types import KubernetesName, PolicyArn, RoleName

if TYPE_CHECKING:
    from collections.abc import Iterator


class KarpenterSettings(Addon):
    """Karpenter: makes nodes of instance types that fit the pods without room, and takes away what is not needed."""

    TITLE = "Karpenter"
    PAGE = "scale-nodes.md#karpenter"
    CHART = versions.KARPENTER
    ROLE = "karpenter"
    ONLY_ON_EKS = True
    MONITOR = Monitor("ServiceMonitor", {"port": "http-metrics"})
    RULES = ("karpenter",)
    DASHBOARDS = ("cluster/karpenter",)

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    node_pools: dict[KubernetesName, NodePool] = Field(
        default={"default": NodePool()},
        description="Which nodes it may make, by a name. Default: one, on-demand nodes of current types.",
    )
    node_classes: dict[KubernetesName, NodeClass] = Field(
        default={"default": NodeClass()}, description="How nodes are made, by a name. Default: one, of AL2023."
    )
    node_role_name: RoleName | None = Field(
        default=None,
        description="Name of its nodes' IAM role; with another one, nodes that exist lose their access at once. "
        "Default: <cluster>-karpenter-nodes.",
    )
    node_policy_arns: tuple[PolicyArn, ...] = Field(
        default=(), description="Further managed policies of that role, at most 6. Default: none."
    )
    replicas: Replicas = Field(
        default=2, description="Replicas, on nodes that are not Karpenter's; one works, the others wait. Default: 2."
    )
    resources: Resources = resources("500m", "1Gi", "1Gi")

    def problems(self) -> Iterator[Problem]:
        """Yield a controller that has nothing to make, and a pool of a class that is not there."""
        if not self.node_pools:
            yield Problem(("node_pools",), "is empty; Karpenter would make no node")
        for name, pool in self.node_pools.items():
            if pool.node_class not in self.node_classes:
                known = ", ".join(self.node_classes) or "none"
                message = f"{pool.node_class} is not one of node_classes; there are: {known}"
                yield Problem(("node_pools", name, "node_class"), message)
        yield from limited("node_policy_arns", self.node_policy_arns, aws.FURTHER_NODE_POLICIES)
