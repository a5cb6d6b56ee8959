"""Settings of metrics that Kubernetes scales on: what the Prometheus adapter asks, and for which objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config.core.languages.promql import read_expression
from config.core.problems import shown
from config.core.settings import Problem, Settings
from config.core.types import text
from config.monitoring.prometheus.prometheus import LabelName

if TYPE_CHECKING:
    from collections.abc import Iterator

MetricName = Annotated[str, *text(r"[A-Za-z_:][\w:]*", "the name of a metric (letters, digits, _ and :)")]
ObjectKind = Annotated[
    str,
    *text(r"[a-z]+(?:\.[a-z0-9-]+)*", "a kind of object in lower case, with its API group: pod or deployment.apps"),
]

SERIES: Final = "<<.Series>>"
MATCHERS: Final = "<<.LabelMatchers>>"
GROUPING: Final = "<<.GroupBy>>"
# The adapter fills in Go templates between << and >>.
# https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md#querying
_PARTS: Final = {SERIES: "metric", MATCHERS: 'label="value"', GROUPING: "label"}
_OTHER_PARTS: Final = re.compile(r"<<.*?>>")


class AdapterQuery(Settings):
    """A number for autoscalers that Prometheus computes."""

    series: str = Field(
        description='Selector of its series in Prometheus, e.g. `http_requests_total{namespace!="",pod!=""}`.'
    )
    query: str = Field(
        default=f"sum({SERIES}{{{MATCHERS}}}) by ({GROUPING})",
        description="PromQL with the adapter's templates, e.g. "
        f"`sum(rate({SERIES}{{{MATCHERS}}}[2m])) by ({GROUPING})`. Default: the sum of the series.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what Prometheus would refuse."""
        series, query = read_expression(self.series).complaint, read_expression(self.filled_in()).complaint
        if series is not None:
            yield Problem(("series",), f"is not PromQL: {series}")
        elif read_expression(f"{self.series}[1m]").complaint is not None:  # only a selector takes a range
            yield Problem(("series",), f"{shown(self.series)} is not a selector; a computation belongs in query")
        if query is not None:
            yield Problem(("query",), f"is not PromQL once the templates are filled in: {query}")

    def filled_in(self) -> str:
        """Return the query with an example of each template."""
        query = self.query
        for part, example in _PARTS.items():
            query = query.replace(part, example)
        return _OTHER_PARTS.sub("x", query)


class CustomMetric(AdapterQuery):
    """A metric of objects such as pods: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/."""

    resources: dict[LabelName, ObjectKind] = Field(
        default={"namespace": "namespace", "pod": "pod"},
        description="Which label names an object of which kind. Default: namespace and pod.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield also a query that does not distinguish objects."""
        yield from super().problems()
        for part in (MATCHERS, GROUPING):
            if part not in self.query:
                yield Problem(("query",), f"has no {part}; it would give every object the same value")
        if not self.resources:
            yield Problem(("resources",), "is empty; name the label that identifies an object")


class ExternalMetric(AdapterQuery):
    """A metric of no object in the cluster, such as the length of a queue."""

    namespaced: bool = Field(
        default=True,
        description="Count only series whose label namespace is the autoscaler's namespace. Default: true.",
    )
