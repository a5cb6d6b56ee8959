"""Settings of what Prometheus finds: the labels by which it selects objects, and their namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import LabelKey, LabelValue

if TYPE_CHECKING:
    from collections.abc import Iterator

LABELS_OF_THE_CHART: Final = (
    "app", "chart", "heritage", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "app.kubernetes.io/name",
    "app.kubernetes.io/part-of", "app.kubernetes.io/version",
)  # fmt: skip
# Of the rules that the Thanos ruler evaluates, and Prometheus does not.
RULER_LABEL: Final = "thanos-ruler"


class MonitorLabel(Settings):
    """The label by which Prometheus selects monitors, probes, rules and scrape configurations."""

    key: LabelKey = Field(default="prometheus", description="Default: prometheus.")
    value: LabelValue = Field(default="main", min_length=1, description="Default: main.")

    def problems(self) -> Iterator[Problem]:
        """Yield a label that the chart gives another value."""
        if self.key in LABELS_OF_THE_CHART:
            yield Problem(("key",), f"{self.key} is set by the chart to values of its own")


class NamespaceLabel(Settings):
    """The label of the namespaces in which Prometheus looks for them."""

    key: LabelKey = Field(default="monitoring", description="Default: monitoring.")
    value: LabelValue = Field(default="prometheus", min_length=1, description="Default: prometheus.")
