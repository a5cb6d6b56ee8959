"""Settings of alerting: Alertmanager, who is told what, and which rules there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.secrets import SecretReference
from config.core.settings import Location, Problem, Settings, unique
from config.core.types import Duration, KubernetesName, text
from config.monitoring.prometheus import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Severity = Literal["critical", "warning", "info", "none"]
ReceiverName = Annotated[
    str,
    *text(
        r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "a receiver name (lower-case letters, digits, inner dashes)", max_length=63
    ),
]
ALL_LABELS: Final = "..."


def _compilable(matcher: str) -> str:
    operator = re.search(r"=~|!~|!=|=", matcher)
    if operator is not None and "~" in operator[0]:
        try:
            re.compile(matcher[operator.end() :].strip().strip('"'))
        except re.error as error:
            raise ValueError(f"{matcher!r} has no regular expression ({error})") from error
    return matcher


_MATCHER: Final = text(
    r'[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*(?:"[^"\\]*"|[^\s{}",=!~]+)',
    'a matcher like team="sre" or pod=~"api-.*"',
)
# https://prometheus.io/docs/alerting/latest/configuration/#matcher
Matcher = Annotated[str, *_MATCHER, AfterValidator(_compilable), _MATCHER[1]]
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


class SlackReceiver(Settings):
    """A Slack channel, by an incoming webhook."""

    webhook_url: SecretReference = Field(description="Where the URL of the incoming webhook is kept.")
    channel: Annotated[str, *text(r"[#@][^\s#@]+|[CDGU][A-Z0-9]+", "a channel like #alerts, a @user, or an ID")] = (
        Field(description="Channel that is written to, in quotes.")
    )
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")


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


class EmailReceiver(Settings):
    """E-mail over SMTP with TLS."""

    to: tuple[Annotated[str, *text(r"[^\s@,]+@[^\s@,]+", "an e-mail address")], ...] = Field(
        min_length=1, description="Addresses that are written to."
    )
    from_address: Annotated[str, *text(r"[^\s@,]+@[^\s@,]+", "an e-mail address")] = Field(description="Sender.")
    smarthost: Annotated[str, *text(r"[A-Za-z0-9.-]+:\d{1,5}", "a host and port like smtp.example.com:587")] = Field(
        description="SMTP server and port."
    )
    username: str | None = Field(default=None, min_length=1, description="User of the SMTP server. Default: no login.")
    password: SecretReference | None = Field(default=None, description="Where the password is kept. Default: no login.")
    send_resolved: bool = Field(default=True, description="Tell when the alert is over. Default: true.")

    def problems(self) -> Iterator[Problem]:
        """Yield half a login."""
        if (self.username is None) != (self.password is None):
            yield Problem(("username",), "goes with password: give both or none")


class PagerdutyReceiver(Settings):
    """A PagerDuty service, by its Events API v2."""

    routing_key: SecretReference = Field(description="Where the integration key is kept.")
    send_resolved: bool = Field(default=True, description="Resolve the incident when the alert is over. Default: true.")


class Receiver(Settings):
    """Who is told: one or more ways."""

    slack: SlackReceiver | None = Field(default=None, description="Slack. Default: not used.")
    sns: SnsReceiver | None = Field(default=None, description="Amazon SNS. Default: not used.")
    webhook: WebhookReceiver | None = Field(default=None, description="HTTP endpoint. Default: not used.")
    email: EmailReceiver | None = Field(default=None, description="E-mail. Default: not used.")
    pagerduty: PagerdutyReceiver | None = Field(default=None, description="PagerDuty. Default: not used.")

    def problems(self) -> Iterator[Problem]:
        """Yield a receiver that tells nobody."""
        if not self.model_fields_set:
            yield Problem((), "tells nobody; give slack, sns, webhook, email or pagerduty")

    def secrets(self) -> Iterator[SecretReference]:
        """Yield the secrets that the receiver refers to."""
        if self.slack is not None:
            yield self.slack.webhook_url
        if self.webhook is not None and self.webhook.secret_url is not None:
            yield self.webhook.secret_url
        if self.email is not None and self.email.password is not None:
            yield self.email.password
        if self.pagerduty is not None:
            yield self.pagerduty.routing_key


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
        yield from _grouping_problems(self)

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
