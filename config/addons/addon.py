"""What the settings of every add-on of the cluster have in common, and the facts that each class states about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, NamedTuple, TypeVar

from pydantic import Field

from config.core.feature import Feature
from config.versions import ChartPin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

SYSTEM_NAMESPACE: Final = "kube-system"
Replicas = Annotated[int, Field(ge=1, le=10)]


class Monitor(NamedTuple):
    """How Prometheus scrapes an add-on: by its Service or its pods, at an endpoint as the operator's API has it.

    https://prometheus-operator.dev/docs/api-reference/api/
    """

    kind: Literal["ServiceMonitor", "PodMonitor"]
    endpoint: dict[str, JsonValue]


OWN_CERTIFICATE: Final[dict[str, JsonValue]] = {"scheme": "https", "tlsConfig": {"insecureSkipVerify": True}}
"""Of an endpoint with a certificate that the add-on makes when it starts."""


class Addon(Feature):
    """Settings of an add-on: a Helm release of the cluster-addons stack.

    Release, Deployment and service account are all named like the chart.
    """

    TITLE: ClassVar[str]
    """Its name in text."""
    PAGE: ClassVar[str]
    """Where `docs/` describes it, as a link from `docs/addons.md`."""
    CHART: ClassVar[ChartPin]
    MONITOR: ClassVar[Monitor | None] = None
    """How it is scraped; None: it has no metrics."""
    NAMESPACE: ClassVar[str] = SYSTEM_NAMESPACE
    """Where it runs; another than the default one is created for it."""
    ROLE: ClassVar[str | None] = None
    """What follows the cluster's name in the name of its IAM role; None: it never calls AWS."""
    ONLY_ON_EKS: ClassVar[bool] = False

    enabled: bool = Field(default=False, description="Install it. Default: false.")
    chart_version: str
    chart_repository: str

    @property
    def chart(self) -> ChartPin:
        """The chart, from the repository and in the version of the environment."""
        return self.CHART.at(self.chart_repository, self.chart_version)

    def uses_of_aws(self) -> Iterator[str]:
        """Yield the settings by which it needs its IAM role."""
        if self.ROLE is not None:
            yield "enabled"


A = TypeVar("A", bound=Addon)


def off(addon: type[A]) -> A:
    """Declare the section of an add-on, which is off by default."""
    section: A = Field(default=addon.model_validate({}), description=f"{addon.TITLE}. Default: off.")
    return section
