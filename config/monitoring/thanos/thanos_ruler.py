"""Settings of the Thanos ruler, which evaluates rules over everything that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config.core.feature import Feature
from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.settings import Problem, unique
from config.core.types import Duration, text
from config.monitoring.durations import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

RuleFile = Annotated[str, *text(r"[a-z0-9_-]+", "the name of a file in values/rules, without .yaml")]
# They tell that Thanos itself does not work, which it cannot do then.
ABOUT_THANOS: Final = ("thanos", "thanos_ruler")


class ThanosRulerSettings(Feature):
    """Thanos Ruler: rules over weeks and months, or over several Prometheus, evaluated by way of Thanos Query.

    It is one more thing between a rule and its alert; rules that Prometheus can evaluate stay there.
    """

    RULES = ("thanos_ruler",)

    enabled: bool = Field(default=False, description="Run the ruler. Default: false.")
    rule_files: tuple[RuleFile, ...] = Field(
        default=(),
        description="Files of values/rules that the ruler evaluates, without .yaml, and Prometheus then does not. "
        "Default: none.",
    )
    replicas: int = Field(
        default=1,
        ge=1,
        le=10,
        description="Replicas, each evaluating every rule; Alertmanager sends an alert once. Default: 1.",
    )
    evaluation_interval: Duration = Field(default="1m", description="How often rules are evaluated. Default: 1m.")
    volume_gib: VolumeGib = Field(
        default=5, description="Volume of each replica in GiB, for what recording rules make. Default: 5."
    )
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="50m", memory="128Mi"), limits=ResourceAmounts(memory="512Mi")),
        description="Default: requests 50m CPU and 128Mi, limit 512Mi of memory.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a ruler without rules, rules without a ruler, and rules that are about Thanos itself."""
        if self.enabled and not self.rule_files:
            yield Problem(("rule_files",), "is empty; name the files of values/rules that the ruler evaluates")
        if self.rule_files and not self.enabled:
            yield Problem(("rule_files",), "has no effect while enabled is false")
        yield from unique("rule_files", self.rule_files)
        for position, name in enumerate(self.rule_files):
            if name in ABOUT_THANOS:
                yield Problem(("rule_files", position), f"{name} is about Thanos itself; Prometheus has to evaluate it")
        if not seconds_of(self.evaluation_interval):
            yield Problem(("evaluation_interval",), "must be more than 0")
