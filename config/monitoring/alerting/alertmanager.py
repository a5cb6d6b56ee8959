"""Settings of Alertmanager: replicas, retention, receivers and routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.settings import Problem, Settings
from config.core.types import Duration, text
from config.monitoring.alerting.receivers import NOBODY, Receiver, ReceiverName, Url
from config.monitoring.alerting.routes import (
    GroupLabel,
    InhibitRule,
    Route,
    grouping_problems,
    intervals_of,
    receivers_of,
)
from config.monitoring.alerting.time_intervals import IntervalName, TimeInterval
from config.monitoring.durations import seconds_of
from config.monitoring.protected_ingress import ProtectedIngress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location
    from config.core.secret_references import SecretReference

# The operator takes Go's durations here, which know no days.
# https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.GoDuration
HoursMinutesSeconds = Annotated[
    str, *text(r"(?!$)(?:\d+h)?(?:\d+m)?(?:\d+s)?", "a duration of hours, minutes and seconds like 120h or 1h30m")
]
# Replicas of Alertmanager wait for each other before they notify themselves.
LEAST_HEARTBEAT_SECONDS: Final = 10


class DeadMansSwitch(Settings):
    """Notifies a receiver regularly that alerting works; the other side raises the alarm when it stops."""

    receiver: ReceiverName = Field(description="Receiver of the Watchdog alert, usually a webhook.")
    interval: Duration = Field(default="5m", description="How often it is notified, at least 10s. Default: 5m.")

    def problems(self) -> Iterator[Problem]:
        """Yield an interval that Alertmanager's cluster could not keep."""
        if seconds_of(self.interval) < LEAST_HEARTBEAT_SECONDS:
            yield Problem(("interval",), f"{self.interval} is below {LEAST_HEARTBEAT_SECONDS}s")


class AlertmanagerSettings(Settings):
    """Alertmanager: replicas, retention, receivers and routes."""

    replicas: int = Field(default=1, ge=1, le=9, description="Replicas, which form a cluster. Default: 1.")
    external_url: Url | None = Field(
        default=None,
        description="Where people reach Alertmanager; messages then link to it. "
        "Default: its ingress, else its Service, and no links.",
    )
    ingress: ProtectedIngress | None = Field(
        default=None, description="Address for users, who log in at the load balancer. Default: none."
    )
    retention: HoursMinutesSeconds = Field(
        default="120h", description="How long silences and notifications are kept, in h, m and s. Default: 120h."
    )
    volume_gib: VolumeGib = Field(default=2, description="Volume of each replica in GiB. Default: 2.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="20m", memory="64Mi"), limits=ResourceAmounts(memory="128Mi")),
        description="Default: requests 20m CPU and 64Mi, limit 128Mi of memory.",
    )
    receivers: dict[ReceiverName, Receiver] = Field(
        default={}, description="Receivers of alerts, by name. Default: none."
    )
    default_receiver: ReceiverName = Field(
        default=NOBODY, description="Receiver of alerts that no route matches; `null` notifies nobody. Default: null."
    )
    routes: tuple[Route, ...] = Field(default=(), description="Which alerts go where, in order. Default: none.")
    time_intervals: dict[IntervalName, tuple[TimeInterval, ...]] = Field(
        default={}, description="Times by name, for muted_in and active_in of routes; any of a list. Default: none."
    )
    group_by: tuple[GroupLabel, ...] = Field(
        default=("alertname", "namespace"),
        description="Labels by which alerts are joined in one message. Default: alertname, namespace.",
    )
    group_wait: Duration = Field(
        default="30s", description="How long to wait for more alerts of a group. Default: 30s."
    )
    group_interval: Duration = Field(
        default="5m", description="How long until new alerts of a group are sent. Default: 5m."
    )
    repeat_interval: Duration = Field(
        default="12h", description="How long until an alert that still fires is sent again. Default: 12h."
    )
    dead_mans_switch: DeadMansSwitch | None = Field(
        default=None, description="Receiver of the heartbeat that shows that alerting works. Default: none."
    )
    inhibit_rules: tuple[InhibitRule, ...] = Field(
        default=(), description="In addition to those by severity, which always exist. Default: none."
    )

    @property
    def url(self) -> str | None:
        """Where people reach Alertmanager, if they do."""
        return self.external_url or (None if self.ingress is None else self.ingress.url)

    def problems(self) -> Iterator[Problem]:
        """Yield receivers that are named and not defined, or defined and not named."""
        if NOBODY in self.receivers:
            yield Problem(("receivers", NOBODY), "is the receiver that notifies nobody; choose another name")
        used = list(self._receivers_named())
        for location, name in used:
            if name not in (*self.receivers, NOBODY):
                known = ", ".join((*self.receivers, NOBODY))
                yield Problem(location, f"there is no receiver {name!r}; receivers are {known}")
        for name in self.receivers:
            if name not in {named for _, named in used}:
                yield Problem(("receivers", name), "no route, default_receiver or dead_mans_switch names it")
        yield from self._interval_problems()
        yield from grouping_problems(self, self.group_by)

    def _interval_problems(self) -> Iterator[Problem]:
        """Yield time intervals that are named and not defined, or defined and not named."""
        named = list(intervals_of(self.routes, ("routes",)))
        for location, name in named:
            if name not in self.time_intervals:
                known = ", ".join(self.time_intervals) or "none"
                yield Problem(location, f"there is no time interval {name!r}; there are: {known}")
        for name in self.time_intervals:
            if name not in {used for _, used in named}:
                yield Problem(("time_intervals", name), "no route names it in muted_in or active_in")

    def secrets(self) -> list[SecretReference]:
        """Return the secrets of all receivers, each once, in the order of the receivers."""
        return list(dict.fromkeys(secret for receiver in self.receivers.values() for secret in receiver.secrets()))

    def uses_aws(self) -> bool:
        """Return whether a receiver publishes to a topic or reads a secret of Secrets Manager."""
        return bool(self.topic_arns()) or any(secret.secrets_manager is not None for secret in self.secrets())

    def topic_arns(self) -> list[str]:
        """Return the ARNs of the SNS topics that receivers publish to."""
        return sorted({receiver.sns.topic_arn for receiver in self.receivers.values() if receiver.sns is not None})

    def _receivers_named(self) -> Iterator[tuple[Location, str]]:
        yield ("default_receiver",), self.default_receiver
        if self.dead_mans_switch is not None:
            yield ("dead_mans_switch", "receiver"), self.dead_mans_switch.receiver
        yield from receivers_of(self.routes, ("routes",))
