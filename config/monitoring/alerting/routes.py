"""Which alerts go to which receiver, and which silence others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from pydantic import Field

from config.core.settings import Problem, Settings, unique
from config.core.types import Duration, KubernetesName, text
from config.monitoring.alerting.matchers import Matcher
from config.monitoring.alerting.receivers import ReceiverName
from config.monitoring.alerting.time_intervals import IntervalName
from config.monitoring.durations import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

Severity = Annotated[str, *text(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*", "a severity like critical", max_length=63)]
ALL_LABELS: Final = "..."
LabelName = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*", "a label name")]
GroupLabel = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*|\.\.\.", "a label name, or ... for all labels")]


class Route(Settings):
    """Which alerts go to a receiver: all of what is given must match; the first route that matches decides."""

    RENAMED: ClassVar[dict[str, str]] = {"go_on": "continue"}

    receiver: ReceiverName = Field(description="Receiver of the alerts; `null` notifies nobody.")
    severities: tuple[Severity, ...] = Field(default=(), description="Severities, any of them. Default: every one.")
    namespaces: tuple[KubernetesName, ...] = Field(
        default=(), description="Namespaces, any of them. Default: every one."
    )
    matchers: tuple[Matcher, ...] = Field(default=(), description='Further matchers like team="sre". Default: none.')
    continue_: bool = Field(
        alias="continue", default=False, description="Try the following routes as well. Default: false."
    )
    group_by: tuple[GroupLabel, ...] | None = Field(
        default=None, description="Labels by which alerts are joined in one message. Default: the parent's."
    )
    group_wait: Duration | None = Field(
        default=None, description="How long to wait for more alerts of a group. Default: the parent's."
    )
    group_interval: Duration | None = Field(
        default=None, description="How long until new alerts of a group are sent. Default: the parent's."
    )
    repeat_interval: Duration | None = Field(
        default=None, description="How long until an alert that still fires is sent again. Default: the parent's."
    )
    muted_in: tuple[IntervalName, ...] = Field(
        default=(), description="Time intervals in which nobody is notified. Default: none."
    )
    active_in: tuple[IntervalName, ...] = Field(
        default=(), description="Time intervals outside of which nobody is notified. Default: at any time."
    )
    routes: tuple[Route, ...] = Field(
        default=(), description="Routes for some of these alerts, tried first. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a route that hides all after it."""
        if not (self.severities or self.namespaces or self.matchers):
            yield Problem(
                (), "matches every alert; give severities, namespaces or matchers, or change default_receiver"
            )
        yield from grouping_problems(self, self.group_by or ())


class InhibitRule(Settings):
    """Silences some alerts while others fire."""

    source_matchers: tuple[Matcher, ...] = Field(min_length=1, description="The alerts that silence.")
    target_matchers: tuple[Matcher, ...] = Field(min_length=1, description="The alerts that are silenced.")
    equal: tuple[LabelName, ...] = Field(default=(), description="Labels that must be equal in both. Default: none.")


def grouping_problems(settings: Settings, group_by: tuple[str, ...]) -> Iterator[Problem]:
    """Yield what Alertmanager refuses: https://prometheus.io/docs/alerting/latest/configuration/#route."""
    yield from unique("group_by", group_by)
    if ALL_LABELS in group_by and len(group_by) > 1:
        yield Problem(("group_by",), f"{ALL_LABELS} stands for all labels and must be alone")
    for field in ("group_interval", "repeat_interval"):
        duration = getattr(settings, field)
        if duration is not None and not seconds_of(duration):
            yield Problem((field,), "must be more than 0")


def receivers_of(routes: tuple[Route, ...], location: Location) -> Iterator[tuple[Location, str]]:
    """Yield the receivers that routes name, with their locations in the settings of Alertmanager."""
    for position, route in enumerate(routes):
        yield (*location, position, "receiver"), route.receiver
        yield from receivers_of(route.routes, (*location, position, "routes"))


def intervals_of(routes: tuple[Route, ...], location: Location) -> Iterator[tuple[Location, str]]:
    """Yield the time intervals that routes name, with their locations in the settings of Alertmanager."""
    for position, route in enumerate(routes):
        here = (*location, position)
        for field in ("muted_in", "active_in"):
            yield from (((*here, field, at), name) for at, name in enumerate(getattr(route, field)))
        yield from intervals_of(route.routes, (*here, "routes"))


def severities_of(routes: tuple[Route, ...], location: Location = ("routes",)) -> Iterator[tuple[Location, str]]:
    """Yield the severities that routes name, with their locations in the settings of Alertmanager."""
    for position, route in enumerate(routes):
        here = (*location, position)
        yield from (((*here, "severities", at), severity) for at, severity in enumerate(route.severities))
        yield from severities_of(route.routes, (*here, "routes"))
