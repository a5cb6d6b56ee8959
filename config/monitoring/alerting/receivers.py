"""Receivers of alerts: Slack, e-mail, Amazon SNS and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from config.core.secret_references import SecretReference
from config.core.settings import Problem, Settings
from config.core.types import text
from config.monitoring.alerting.template_files import complaint_about_text

if TYPE_CHECKING:
    from collections.abc import Iterator


ReceiverName = Annotated[
    str,
    *text(
        r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "a receiver name (lower-case letters, digits, inner dashes)", max_length=63
    ),
]
Url = Annotated[str, *text(r"https?://[^\s/]+\S*", "a URL: http://… or https://…")]
# The receiver that notifies nobody; the chart's own routes name it as well.
NOBODY = "null"


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
    send_resolved: bool = Field(default=True, description="Notify when the alert is resolved. Default: true.")

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
    send_resolved: bool = Field(default=True, description="Notify when the alert is resolved. Default: true.")


class WebhookReceiver(Settings):
    """Any HTTP endpoint that takes Alertmanager's JSON: a URL, or a reference where the URL is a secret."""

    url: Url | None = Field(default=None, description="URL of the endpoint. Default: unset.")
    secret_url: SecretReference | None = Field(default=None, description="Where a secret URL is kept. Default: unset.")
    send_resolved: bool = Field(default=True, description="Notify when the alert is resolved. Default: true.")

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
    send_resolved: bool = Field(default=True, description="Close the alert when it is resolved. Default: true.")


class TeamsReceiver(Settings):
    """A channel in Microsoft Teams, by a workflow that posts what its webhook receives."""

    webhook_url: SecretReference = Field(description="Where the URL of the workflow is kept.")
    title: MessageTemplate | None = _message_text("Title")
    text: MessageTemplate | None = _message_text("Text")
    send_resolved: bool = Field(default=True, description="Notify when the alert is resolved. Default: true.")


class DiscordReceiver(Settings):
    """A channel in Discord, by a webhook."""

    webhook_url: SecretReference = Field(description="Where the URL of the webhook is kept.")
    title: MessageTemplate | None = _message_text("Title")
    text: MessageTemplate | None = _message_text("Text")
    send_resolved: bool = Field(default=True, description="Notify when the alert is resolved. Default: true.")


class TelegramReceiver(Settings):
    """A chat in Telegram, by a bot."""

    bot_token: SecretReference = Field(description="Where the token of the bot is kept.")
    chat_id: int = Field(ge=-(10**15), le=10**15, description="Number of the chat; that of a group is negative.")
    text: MessageTemplate | None = _message_text("Text")
    send_resolved: bool = Field(default=True, description="Notify when the alert is resolved. Default: true.")


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
    send_resolved: bool = Field(default=True, description="Notify when the alert is resolved. Default: true.")

    def problems(self) -> Iterator[Problem]:
        """Yield half a login, and a password that would go over the network as it is."""
        if self.password is not None and not self.require_tls:
            yield Problem(("require_tls",), "is false: the password would go over the network as plain text")
        if (self.username is None) != (self.password is None):
            yield Problem(("username",), "requires password: give both or none")


class PagerdutyReceiver(Settings):
    """A PagerDuty service, by its Events API v2."""

    routing_key: SecretReference = Field(description="Where the integration key is kept.")
    severity: MessageTemplate | None = _message_text("critical, error, warning or info")
    title: MessageTemplate | None = _message_text("Title of the incident", "project.slack.title")
    details: dict[Annotated[str, Field(min_length=1, max_length=255)], MessageTemplate] = Field(
        default={}, description="Details of the incident by name, Go templates. Default: Alertmanager's own."
    )
    send_resolved: bool = Field(
        default=True, description="Resolve the incident when the alert is resolved. Default: true."
    )


class Receiver(Settings):
    """A receiver: one or more ways to notify people."""

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
        """Yield a receiver that notifies nobody."""
        if not self.model_fields_set:
            *others, last = type(self).model_fields
            yield Problem((), f"notifies nobody; give {', '.join(others)} or {last}")

    def secrets(self) -> Iterator[SecretReference]:
        """Yield the secrets that the receiver refers to."""
        for way in (getattr(self, name) for name in type(self).model_fields):
            values = () if way is None else (getattr(way, name) for name in type(way).model_fields)
            yield from (value for value in values if isinstance(value, SecretReference))
