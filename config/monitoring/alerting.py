"""Settings of alerting: Alertmanager, who is told what, and which rules there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.secrets import SecretReference
from config.core.settings import Location, Problem, Settings, unique
from config.core.types import Duration, KubernetesName, text
from config.monitoring.durations import seconds_of
from config.monitoring.matchers import Matcher
from config.monitoring.template_files import complaint_about_text

if TYPE_CHECKING:
    from collections.abc import Iterator

# Those of the chart's default rules and of the project's own; others come from the files of rules.
SEVERITIES: Final = ("critical", "warning", "info", "none")
Severity = Annotated[str, *text(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*", "a severity like critical", max_length=63)]
ReceiverName = Annotated[
    str,
    *text(
        r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "a receiver name (lower-case letters, digits, inner dashes)", max_length=63
    ),
]
ALL_LABELS: Final = "..."

# https://prometheus.io/docs/alerting/latest/configuration/#time_interval
ClockTime = Annotated[str, *text(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", "a time like 09:00, in quotes")]
_WEEKDAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_WEEKDAY: Final = f"(?:{'|'.join(_WEEKDAYS)})"
WeekdayRange = Annotated[str, *text(rf"{_WEEKDAY}(?::{_WEEKDAY})?", "a weekday like saturday, or monday:friday")]
_DAY: Final = r"-?(?:[1-9]|[12]\d|3[01])"
DayRange = Annotated[str, *text(rf"{_DAY}(?::{_DAY})?", 'a day of the month like "1", "1:7" or "-1"')]
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH: Final = f"(?:{'|'.join(_MONTHS)}|[1-9]|1[0-2])"
MonthRange = Annotated[str, *text(rf"{_MONTH}(?::{_MONTH})?", "a month like december, or june:august")]
YearRange = Annotated[str, *text(r"\d{4}(?::\d{4})?", 'a year like "2026", or "2026:2027"')]
IntervalName = Annotated[str, *text(r"[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?", "a name of lower-case letters and digits")]
LabelName = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*", "a label name")]
GroupLabel = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*|\.\.\.", "a label name, or ... for all labels")]
# The operator takes Go's durations here, which know no days.
# https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.GoDuration
HoursMinutesSeconds = Annotated[
    str, *text(r"(?!$)(?:\d+h)?(?:\d+m)?(?:\d+s)?", "a duration of hours, minutes and seconds like 120h or 1h30m")
]
Url = Annotated[str, *text(r"https?://[^\s/]+\S*", "a URL: http://… or https://…")]

# Replicas of Alertmanager wait for each other before they tell something themselves.
LEAST_HEARTBEAT_SECONDS: Final = 10
# The receiver that tells nobody; the chart's own routes name it as well.
NOBODY = "null"

# Groups of the chart's default rules: values `defaultRules.rules.<group>` of the pinned chart.
RuleGroup = Literal[
    "alertmanager", "configReloaders", "etcd", "general", "k8sContainerCpuUsageSecondsTotal", "k8sContainerMemoryCache",
    "k8sContainerMemoryRss", "k8sContainerMemorySwap", "k8sContainerMemoryWorkingSetBytes", "k8sContainerResource",
    "k8sPodOwner", "kubeApiserverAvailability", "kubeApiserverBurnrate", "kubeApiserverHistogram", "kubeApiserverSlos",
    "kubeControllerManager", "kubePrometheusGeneral", "kubePrometheusNodeRecording", "kubeProxy",
    "kubeSchedulerAlerting", "kubeSchedulerRecording", "kubeStateMetrics", "kubelet", "kubernetesApps",
    "kubernetesResources", "kubernetesStorage",
    "kubernetesSystem", "network", "node", "nodeExporterAlerting", "nodeExporterRecording", "prometheus",
    "prometheusOperator", "windows",
]  # fmt: skip


def _template(value: str) -> str:
    complaint = complaint_about_text(value)
    if complaint is not None:
        raise ValueError(complaint)
    return value


# A Go template: https://prometheus.io/docs/alerting/latest/notifications/
MessageTemplate = Annotated[str, AfterValidator(_template), Field(min_length=1, max_length=10_000)]


def _message_text(what: str, default: str = "Alertmanager's own") -> Any:  # noqa: ANN401 (the type is the field's)
    return Field(
        default=None,
        description=f"{what}, a Go template that may use those of values/alertmanager/*.tmpl. Default: {default}.",
    )


SlackChannel = Annotated[str, *text(r"[#@][^\s#@]+|[CDGU][A-Z0-9]+", "a channel like #alerts, a @user, or an ID")]


class SlackReceiver(Settings):
    """A Slack channel, by an incoming webhook or as an app with a bot token."""

    webhook_url: SecretReference | None = Field(
        default=None, description="Where the URL of the incoming webhook is kept. Default: unset."
    )
    bot_token: SecretReference | None = Field(
        default=None, description="Where the token of a Slack app with the scope chat:write is kept. Default: unset."
    )
    channel: SlackChannel = Field(description="Channel that is written to, in quotes.")
    title: MessageTemplate | None = _message_text("Title", "project.slack.title")
    text: MessageTemplate | None = _message_text("Text", "project.slack.text")
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one way to log in is given."""
        if (self.webhook_url is None) == (self.bot_token is None):
            yield Problem((), "give either webhook_url or bot_token")


class SnsReceiver(Settings):
    """An Amazon SNS topic; Alertmanager signs with its own role."""

    topic_arn: Annotated[
        str, *text(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?", "the ARN of an SNS topic")
    ] = Field(description="ARN of the topic.")
    subject: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Subject, a Go template. Default: Alertmanager's own."
    )
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")


class WebhookReceiver(Settings):
    """Any HTTP endpoint that takes Alertmanager's JSON: a URL, or a reference where the URL is a secret."""

    url: Url | None = Field(default=None, description="URL of the endpoint. Default: unset.")
    secret_url: SecretReference | None = Field(default=None, description="Where a secret URL is kept. Default: unset.")
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one URL is given."""
        if (self.url is None) == (self.secret_url is None):
            yield Problem((), "give either url or secret_url")


class OpsgenieReceiver(Settings):
    """A team in Opsgenie, by an API integration."""

    api_key: SecretReference = Field(description="Where the key of the API integration is kept.")
    api_url: Url | None = Field(
        default=None,
        description="URL of the API, https://api.eu.opsgenie.com/ in the EU. Default: https://api.opsgenie.com/.",
    )
    priority: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="P1 to P5, or a Go template that gives one. Default: Opsgenie's own."
    )
    teams: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=(), description="Names of the teams that respond. Default: those of the integration."
    )
    send_resolved: bool = Field(default=True, description="Close the alert when it is over. Default: true.")


class TeamsReceiver(Settings):
    """A channel in Microsoft Teams, by a workflow that posts what its webhook receives."""

    webhook_url: SecretReference = Field(description="Where the URL of the workflow is kept.")
    title: MessageTemplate | None = _message_text("Title")
    text: MessageTemplate | None = _message_text("Text")
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")


class DiscordReceiver(Settings):
    """A channel in Discord, by a webhook."""

    webhook_url: SecretReference = Field(description="Where the URL of the webhook is kept.")
    title: MessageTemplate | None = _message_text("Title")
    text: MessageTemplate | None = _message_text("Text")
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")


class TelegramReceiver(Settings):
    """A chat in Telegram, by a bot."""

    bot_token: SecretReference = Field(description="Where the token of the bot is kept.")
    chat_id: int = Field(ge=-(10**15), le=10**15, description="Number of the chat; that of a group is negative.")
    text: MessageTemplate | None = _message_text("Text")
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")


class EmailReceiver(Settings):
    """E-mail over SMTP, with TLS unless it is switched off."""

    to: tuple[Annotated[str, *text(r"[^\s@,]+@[^\s@,]+", "an e-mail address")], ...] = Field(
        min_length=1, description="Addresses that are written to."
    )
    from_address: Annotated[str, *text(r"[^\s@,]+@[^\s@,]+", "an e-mail address")] = Field(description="Sender.")
    smarthost: Annotated[str, *text(r"[A-Za-z0-9.-]+:\d{1,5}", "a host and port like smtp.example.com:587")] = Field(
        description="SMTP server and port."
    )
    username: str | None = Field(default=None, min_length=1, description="User of the SMTP server. Default: no login.")
    password: SecretReference | None = Field(default=None, description="Where the password is kept. Default: no login.")
    require_tls: bool = Field(
        default=True,
        description="Refuse servers without STARTTLS; false is for relays inside a network. Default: true.",
    )
    subject: MessageTemplate | None = _message_text("Subject")
    html: MessageTemplate | None = _message_text("Text in HTML")
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")

    def problems(self) -> Iterator[Problem]:
        """Yield half a login, and a password that would go over the network as it is."""
        if self.password is not None and not self.require_tls:
            yield Problem(("require_tls",), "is false: the password would go over the network as plain text")
        if (self.username is None) != (self.password is None):
            yield Problem(("username",), "goes with password: give both or none")


class PagerdutyReceiver(Settings):
    """A PagerDuty service, by its Events API v2."""

    routing_key: SecretReference = Field(description="Where the integration key is kept.")
    severity: MessageTemplate | None = _message_text("critical, error, warning or info")
    title: MessageTemplate | None = _message_text("Title of the incident", "project.slack.title")
    details: dict[Annotated[str, Field(min_length=1, max_length=255)], MessageTemplate] = Field(
        default={}, description="Details of the incident by name, Go templates. Default: Alertmanager's own."
    )
    send_resolved: bool = Field(default=True, description="Resolve the incident when the alert is over. Default: true.")


class Receiver(Settings):
    """Who is told: one or more ways."""

    slack: SlackReceiver | None = Field(default=None, description="Slack. Default: not used.")
    sns: SnsReceiver | None = Field(default=None, description="Amazon SNS. Default: not used.")
    webhook: WebhookReceiver | None = Field(default=None, description="HTTP endpoint. Default: not used.")
    email: EmailReceiver | None = Field(default=None, description="E-mail. Default: not used.")
    pagerduty: PagerdutyReceiver | None = Field(default=None, description="PagerDuty. Default: not used.")
    opsgenie: OpsgenieReceiver | None = Field(default=None, description="Opsgenie. Default: not used.")
    teams: TeamsReceiver | None = Field(default=None, description="Microsoft Teams. Default: not used.")
    discord: DiscordReceiver | None = Field(default=None, description="Discord. Default: not used.")
    telegram: TelegramReceiver | None = Field(default=None, description="Telegram. Default: not used.")

    def problems(self) -> Iterator[Problem]:
        """Yield a receiver that tells nobody."""
        if not self.model_fields_set:
            *others, last = type(self).model_fields
            yield Problem((), f"tells nobody; give {', '.join(others)} or {last}")

    def secrets(self) -> Iterator[SecretReference]:
        """Yield the secrets that the receiver refers to."""
        for way in (getattr(self, name) for name in type(self).model_fields):
            values = () if way is None else (getattr(way, name) for name in type(way).model_fields)
            yield from (value for value in values if isinstance(value, SecretReference))


def _order(part: str) -> int:
    """Return the number of a weekday, month, day or year as Alertmanager compares them; days from the end come last."""
    for names in (_WEEKDAYS, _MONTHS):
        if part in names:
            return names.index(part) + 1
    return int(part) if int(part) > 0 else 100 + int(part)


class TimeRange(Settings):
    """A part of a day, from a minute up to another of the same day."""

    start: ClockTime = Field(description="First minute, in quotes.")
    end: ClockTime = Field(description="First minute after it, up to 24:00, in quotes.")

    def problems(self) -> Iterator[Problem]:
        """Yield an end before the start, which Alertmanager refuses."""
        if self.start >= self.end:
            yield Problem(("end",), f"{self.end} is not after {self.start}; write two ranges for a night")


class TimeInterval(Settings):
    """When something holds: all of what is given; of each list, any entry."""

    times: tuple[TimeRange, ...] = Field(default=(), description="Parts of the day. Default: the whole day.")
    weekdays: tuple[WeekdayRange, ...] = Field(
        default=(), description="Days like saturday or monday:friday. Default: every day."
    )
    days_of_month: tuple[DayRange, ...] = Field(
        default=(), description='Days like "1" or "1:7", from the end with -1, in quotes. Default: every day.'
    )
    months: tuple[MonthRange, ...] = Field(
        default=(), description="Months like december or june:august. Default: every month."
    )
    years: tuple[YearRange, ...] = Field(default=(), description='Years like "2026:2027". Default: every year.')
    location: Annotated[str, *text(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*", "a time zone like Europe/Berlin")] = Field(
        default="UTC", description="Time zone of the tz database. Default: UTC."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield an interval that always holds."""
        if not any((self.times, self.weekdays, self.days_of_month, self.months, self.years)):
            yield Problem((), "always holds; give times, weekdays, days_of_month, months or years")
        for field in ("weekdays", "days_of_month", "months", "years"):
            for position, item in enumerate(getattr(self, field)):
                start, _, end = item.partition(":")
                if end and _order(start) > _order(end):
                    yield Problem(
                        (field, position), f"{end} is before {start}: weeks start with sunday; write two entries"
                    )


class Route(Settings):
    """Which alerts go to a receiver: all of what is given must match; the first route that matches decides."""

    RENAMED: ClassVar[dict[str, str]] = {"go_on": "continue"}

    receiver: ReceiverName = Field(description="Receiver of the alerts; `null` tells nobody.")
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
        default=None, description="How long until new alerts of a group are told. Default: the parent's."
    )
    repeat_interval: Duration | None = Field(
        default=None, description="How long until an alert is told again. Default: the parent's."
    )
    muted_in: tuple[IntervalName, ...] = Field(
        default=(), description="Time intervals in which nobody is told. Default: none."
    )
    active_in: tuple[IntervalName, ...] = Field(
        default=(), description="Time intervals outside of which nobody is told. Default: at any time."
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
        yield from _grouping_problems(self)


class InhibitRule(Settings):
    """Silences some alerts while others fire."""

    source_matchers: tuple[Matcher, ...] = Field(min_length=1, description="The alerts that silence.")
    target_matchers: tuple[Matcher, ...] = Field(min_length=1, description="The alerts that are silenced.")
    equal: tuple[LabelName, ...] = Field(default=(), description="Labels that must be equal in both. Default: none.")


class DeadMansSwitch(Settings):
    """Tells a receiver all the time that alerting works; the other side raises the alarm when it stops."""

    receiver: ReceiverName = Field(description="Receiver of the Watchdog alert, usually a webhook.")
    interval: Duration = Field(default="5m", description="How often it is told, at least 10s. Default: 5m.")

    def problems(self) -> Iterator[Problem]:
        """Yield an interval that Alertmanager's cluster could not keep."""
        if seconds_of(self.interval) < LEAST_HEARTBEAT_SECONDS:
            yield Problem(("interval",), f"{self.interval} is below {LEAST_HEARTBEAT_SECONDS}s")


class AlertmanagerSettings(Settings):
    """Alertmanager: replicas, what it remembers, and who is told what."""

    replicas: int = Field(default=1, ge=1, le=9, description="Replicas, which form a cluster. Default: 1.")
    external_url: Url | None = Field(
        default=None,
        description="Where people reach Alertmanager; messages then link to it. Default: its Service, and no links.",
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
        default={}, description="Who can be told, by name. Default: nobody."
    )
    default_receiver: ReceiverName = Field(
        default=NOBODY, description="Receiver of alerts that no route matches; `null` tells nobody. Default: null."
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
        default="5m", description="How long until new alerts of a group are told. Default: 5m."
    )
    repeat_interval: Duration = Field(default="12h", description="How long until an alert is told again. Default: 12h.")
    dead_mans_switch: DeadMansSwitch | None = Field(
        default=None, description="Who is told that alerting works. Default: nobody."
    )
    inhibit_rules: tuple[InhibitRule, ...] = Field(
        default=(), description="Beside those by severity, which are always there. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield receivers that are named and not defined, or defined and not named."""
        if NOBODY in self.receivers:
            yield Problem(("receivers", NOBODY), "is the receiver that tells nobody; choose another name")
        used = list(self._receivers_named())
        for location, name in used:
            if name not in (*self.receivers, NOBODY):
                known = ", ".join((*self.receivers, NOBODY))
                yield Problem(location, f"there is no receiver {name!r}; receivers are {known}")
        for name in self.receivers:
            if name not in {named for _, named in used}:
                yield Problem(("receivers", name), "no route, default_receiver or dead_mans_switch names it")
        yield from self._interval_problems()
        yield from _grouping_problems(self)

    def _interval_problems(self) -> Iterator[Problem]:
        """Yield time intervals that are named and not defined, or defined and not named."""
        named = list(_intervals_of(self.routes, ("routes",)))
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
        yield from _receivers_of(self.routes, ("routes",))


def _grouping_problems(settings: Route | AlertmanagerSettings) -> Iterator[Problem]:
    """Yield what Alertmanager refuses: https://prometheus.io/docs/alerting/latest/configuration/#route."""
    group_by = settings.group_by or ()
    yield from unique("group_by", group_by)
    if ALL_LABELS in group_by and len(group_by) > 1:
        yield Problem(("group_by",), f"{ALL_LABELS} stands for all labels and must be alone")
    for field in ("group_interval", "repeat_interval"):
        duration = getattr(settings, field)
        if duration is not None and not seconds_of(duration):
            yield Problem((field,), "must be more than 0")


def _receivers_of(routes: tuple[Route, ...], location: Location) -> Iterator[tuple[Location, str]]:
    for position, route in enumerate(routes):
        yield (*location, position, "receiver"), route.receiver
        yield from _receivers_of(route.routes, (*location, position, "routes"))


def _intervals_of(routes: tuple[Route, ...], location: Location) -> Iterator[tuple[Location, str]]:
    for position, route in enumerate(routes):
        here = (*location, position)
        for field in ("muted_in", "active_in"):
            yield from (((*here, field, at), name) for at, name in enumerate(getattr(route, field)))
        yield from _intervals_of(route.routes, (*here, "routes"))


def severities_of(routes: tuple[Route, ...], location: Location = ("routes",)) -> Iterator[tuple[Location, str]]:
    """Yield the severities that routes name, with their locations in the settings of Alertmanager."""
    for position, route in enumerate(routes):
        here = (*location, position)
        yield from (((*here, "severities", at), severity) for at, severity in enumerate(route.severities))
        yield from severities_of(route.routes, (*here, "routes"))


class AlertRulesSettings(Settings):
    """The chart's default rules, and our own from `values/rules/`."""

    default_rules: bool = Field(default=True, description="Install the chart's default rules. Default: true.")
    disabled_groups: tuple[RuleGroup, ...] = Field(
        default=(), description="Groups of the default rules that are left out. Default: none."
    )
    files: (
        tuple[Annotated[str, *text(r"[a-z0-9_-]+", "the name of a file in values/rules, without .yaml")], ...] | None
    ) = Field(
        default=None, description="Files of values/rules that are installed, without .yaml. Default: all that apply."
    )
    severities: tuple[Severity, ...] = Field(
        default=(),
        description="Severities that routes may name, beside critical, warning, info, none and those in values/rules. "
        "Default: none.",
    )
    runbook_base_url: Url | None = Field(
        default=None,
        description="URL of this repository's files, put before docs/runbook.md#…, e.g. "
        "https://github.com/acme/infrastructure/blob/main/. Default: the path within the repository.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield groups that are left out of nothing, or twice."""
        if self.disabled_groups and not self.default_rules:
            yield Problem(("disabled_groups",), "has no effect while default_rules is false")
        yield from unique("disabled_groups", self.disabled_groups)
