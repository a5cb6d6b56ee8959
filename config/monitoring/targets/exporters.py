"""Settings of the exporters, and of what Prometheus scrapes in addition to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.resources import ResourceAmounts, Resources
from config.core.settings import Problem, Settings, unique
from config.core.types import text

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md
LabelAllowList = Annotated[
    str,
    *text(r"[a-z]+=\[[^\[\]=]+\]", "a resource and its labels like pods=[app,team] or nodes=[*]"),
]


class NodeExporterSettings(Settings):
    """node-exporter, on every node."""

    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="20m", memory="32Mi"), limits=ResourceAmounts(memory="64Mi")),
        description="Default: requests 20m CPU and 32Mi, limit 64Mi of memory.",
    )


class KubeStateMetricsSettings(Settings):
    """kube-state-metrics."""

    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="20m", memory="64Mi"), limits=ResourceAmounts(memory="256Mi")),
        description="Default: requests 20m CPU and 64Mi, limit 256Mi of memory.",
    )
    metric_labels_allow_list: tuple[LabelAllowList, ...] = Field(
        default=(), description="Kubernetes labels that become metric labels, e.g. pods=[app]. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a resource that is listed twice; kube-state-metrics would take the last."""
        resources = tuple(item.partition("=")[0] for item in self.metric_labels_allow_list)
        yield from unique("metric_labels_allow_list", resources)
