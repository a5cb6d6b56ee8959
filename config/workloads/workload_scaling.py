"""How many replicas a workload has: how they follow the load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import Quantity, text

if TYPE_CHECKING:
    from collections.abc import Iterator

Percent = Annotated[int, Field(ge=1, le=1000)]
Replicas = Annotated[int, Field(ge=1, le=1000)]


class PodMetric(Settings):
    """A metric of the pods that the Prometheus adapter serves."""

    name: Annotated[str, *text(r"[a-zA-Z_:][\w:]*", "the name of a metric")] = Field(
        description="Name under which the adapter serves it."
    )
    average_value: Quantity = Field(description="Value for each pod that is aimed at, e.g. 100 or 500m.")


class Autoscaling(Settings):
    """How many replicas there are, by load."""

    min_replicas: Replicas = Field(description="Fewest replicas.")
    max_replicas: Replicas = Field(description="Most replicas.")
    cpu_percent: Percent | None = Field(
        default=None, description="CPU use that is aimed at, in percent of what is requested. Default: unset."
    )
    metric: PodMetric | None = Field(default=None, description="A metric of the Prometheus adapter. Default: unset.")

    def problems(self) -> Iterator[Problem]:
        """Yield what the Kubernetes API refuses, and scaling by nothing."""
        if self.min_replicas > self.max_replicas:
            yield Problem(
                ("min_replicas",),
                f"{self.min_replicas} is above max_replicas {self.max_replicas}; raise that or lower this",
            )
        if self.cpu_percent is None and self.metric is None:
            yield Problem((), "scales by nothing; give cpu_percent or metric")
