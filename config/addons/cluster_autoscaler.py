"""Settings of the cluster autoscaler."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config import versions
from config.addons.addon import Addon, Monitor
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import Resources, resources
from config.core.types import text

# https://pkg.go.dev/time#ParseDuration, of which the autoscaler's flags need no more
GoDuration = Annotated[
    str, *text(r"(?!$)(?:\d+h)?(?:\d+m)?(?:\d+s)?", "a duration of hours, minutes and seconds like 10m")
]


class ClusterAutoscalerSettings(Addon):
    """The cluster autoscaler: adds nodes for pods that do not fit, and removes nodes that are not needed."""

    TITLE = "Cluster autoscaler"
    PAGE = "scale-nodes.md"
    CHART = versions.CLUSTER_AUTOSCALER
    ROLE = "cluster-autoscaler"
    ONLY_ON_EKS = True
    MONITOR = Monitor("ServiceMonitor", {"port": "http"})
    RULES = ("cluster_autoscaler",)
    DASHBOARDS = ("cluster/cluster-autoscaler",)

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    expander: Literal["least-waste", "least-nodes", "most-pods", "random"] = Field(
        default="least-waste",
        description="Which node group grows when several would do. Default: least-waste, which leaves the least idle.",
    )
    scale_down_unneeded_time: GoDuration = Field(
        default="10m", description="How long a node is not needed before it is removed. Default: 10m."
    )
    scale_down_utilization_threshold: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of a node's CPU and memory that is requested, below which it is not needed. Default: 0.5.",
    )
    skip_nodes_with_local_storage: bool = Field(
        default=False,
        description="Never remove a node with pods that use emptyDir or hostPath. Default: false.",
    )
    resources: Resources = resources("50m", "256Mi", "600Mi")
