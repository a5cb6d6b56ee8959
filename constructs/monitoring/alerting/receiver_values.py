"""Receivers as Alertmanager's configuration has them.

https://prometheus.io/docs/alerting/latest/configuration/#receiver
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs.monitoring.alerting.alertmanager_secrets import secret_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from config.monitoring.alerting.receivers import (
        DiscordReceiver,
        EmailReceiver,
        OpsgenieReceiver,
        PagerdutyReceiver,
        Receiver,
        SlackReceiver,
        SnsReceiver,
        TeamsReceiver,
        TelegramReceiver,
        WebhookReceiver,
    )
    from constructs.helm.helm_values import Values


TITLE = '{{ template "project.slack.title" . }}'
# https://docs.slack.dev/reference/methods/chat.postMessage/
SLACK_API = "https://slack.com/api/chat.postMessage"


def receiver_values(name: str, receiver: Receiver) -> JsonValue:
    """Return a receiver of the configuration, with every way that it has."""
    values: Values = {"name": name}
    for way, (key, configuration) in WAYS.items():
        settings = getattr(receiver, way)
        if settings is not None:
            values[key] = [{"send_resolved": settings.send_resolved, **configuration(settings)}]
    return values


def _given(**values: JsonValue) -> Values:
    """Return the values that are set."""
    return {key: value for key, value in values.items() if value is not None}


def _slack(slack: SlackReceiver) -> Values:
    login: Values
    if slack.webhook_url is not None:
        login = {"api_url_file": secret_path(slack.webhook_url)}
    else:
        token = None if slack.bot_token is None else secret_path(slack.bot_token)
        login = {
            "api_url": SLACK_API,
            "http_config": {"authorization": {"type": "Bearer", "credentials_file": token}},
        }
    return {
        **login,
        "channel": slack.channel,
        "color": '{{ template "project.slack.color" . }}',
        "title": slack.title or TITLE,
        "title_link": '{{ template "project.slack.link" . }}',
        "text": slack.text or '{{ template "project.slack.text" . }}',
        "fallback": slack.title or TITLE,
    }


def _sns(sns: SnsReceiver) -> Values:
    return {
        "topic_arn": sns.topic_arn,
        "sigv4": {"region": sns.topic_arn.split(":")[3]},
        **_given(subject=sns.subject),
    }


def _webhook(webhook: WebhookReceiver) -> Values:
    return {"url": webhook.url} if webhook.secret_url is None else {"url_file": secret_path(webhook.secret_url)}


def _email(email: EmailReceiver) -> Values:
    values: Values = {
        "to": ", ".join(email.to),
        "from": email.from_address,
        "smarthost": email.smarthost,
        "require_tls": email.require_tls,
        **_given(html=email.html),
    }
    if email.subject is not None:
        values["headers"] = {"Subject": email.subject}
    if email.username is not None and email.password is not None:
        values |= {"auth_username": email.username, "auth_password_file": secret_path(email.password)}
    return values


def _pagerduty(pagerduty: PagerdutyReceiver) -> Values:
    return {
        "routing_key_file": secret_path(pagerduty.routing_key),
        "description": pagerduty.title or TITLE,
        **_given(severity=pagerduty.severity, details={**pagerduty.details} or None),
    }


def _opsgenie(opsgenie: OpsgenieReceiver) -> Values:
    responders: list[JsonValue] = [{"type": "team", "name": name} for name in opsgenie.teams]
    return {
        "api_key_file": secret_path(opsgenie.api_key),
        "message": TITLE,
        **_given(api_url=opsgenie.api_url, priority=opsgenie.priority, responders=responders or None),
    }


def _teams(teams: TeamsReceiver) -> Values:
    return {"webhook_url_file": secret_path(teams.webhook_url), **_given(title=teams.title, text=teams.text)}


def _discord(discord: DiscordReceiver) -> Values:
    return {"webhook_url_file": secret_path(discord.webhook_url), **_given(title=discord.title, message=discord.text)}


def _telegram(telegram: TelegramReceiver) -> Values:
    return {
        "bot_token_file": secret_path(telegram.bot_token),
        "chat_id": telegram.chat_id,
        **_given(message=telegram.text),
    }


# What each way of a receiver is called by Alertmanager, and what makes its configuration.
WAYS: dict[str, tuple[str, Callable[[Any], Values]]] = {
    "slack": ("slack_configs", _slack),
    "sns": ("sns_configs", _sns),
    "webhook": ("webhook_configs", _webhook),
    "email": ("email_configs", _email),
    "pagerduty": ("pagerduty_configs", _pagerduty),
    "opsgenie": ("opsgenie_configs", _opsgenie),
    "teams": ("msteamsv2_configs", _teams),
    "discord": ("discord_configs", _discord),
    "telegram": ("telegram_configs", _telegram),
}
