"""Values of Alertmanager: its configuration, the files of its secrets, and its pods.

Configuration: https://prometheus.io/docs/alerting/latest/configuration/
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from config import versions
from config.monitoring.alerting import NOBODY
from config.monitoring.durations import seconds_of
from config.monitoring.template_files import read_templates
from constructs.helm.helm_values import Values, claim_template, role_annotation, verbatim
from constructs.monitoring.discovery import namespace_selector, object_selector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import JsonValue

    from config.core.secrets import SecretReference
    from config.monitoring.alerting import (
        AlertmanagerSettings,
        DiscordReceiver,
        EmailReceiver,
        InhibitRule,
        OpsgenieReceiver,
        PagerdutyReceiver,
        Receiver,
        Route,
        SlackReceiver,
        SnsReceiver,
        TeamsReceiver,
        TelegramReceiver,
        TimeInterval,
        WebhookReceiver,
    )
    from constructs.monitoring.values.values_props import ValuesProps

TITLE = '{{ template "project.slack.title" . }}'
# https://docs.slack.dev/reference/methods/chat.postMessage/
SLACK_API = "https://slack.com/api/chat.postMessage"
SECRETS_MANAGER_FOLDER = "/etc/alertmanager/secrets-manager"
# Volumes of the container that reads Secrets Manager, and where it finds them.
FETCH_VOLUMES = {"secrets-manager": SECRETS_MANAGER_FOLDER, "aws-cli-home": "/home/aws-cli"}
# Labels that two severities of an alert about the same thing have in common; a label that both lack counts as equal.
SAME_SUBJECT = (
    "cluster", "namespace", "alertname", "instance", "node", "pod", "persistentvolumeclaim", "device", "mountpoint",
)  # fmt: skip
# A critical alert silences its warning. InfoInhibitor exists to silence what is of interest only beside an alert.
# https://runbooks.prometheus-operator.dev/runbooks/general/infoinhibitor/
SEVERITY_INHIBITIONS: tuple[Values, ...] = (
    {
        "source_matchers": ["severity = critical"],
        "target_matchers": ["severity =~ warning|info"],
        "equal": list(SAME_SUBJECT),
    },
    {
        "source_matchers": ["severity = warning"],
        "target_matchers": ["severity = info"],
        "equal": list(SAME_SUBJECT),
    },
    {
        "source_matchers": ["alertname = InfoInhibitor"],
        "target_matchers": ["severity = info"],
        "equal": ["cluster", "namespace"],
    },
)


def alertmanager_values(props: ValuesProps, service_account: str) -> Values:
    """Return the values under `alertmanager`."""
    settings = props.settings.alertmanager
    return {
        "alertmanager": {
            "serviceAccount": {"create": True, "name": service_account, **role_annotation(props.roles.alertmanager)},
            "service": {"type": props.settings.service_type},
            "config": alertmanager_config(settings),
            "templateFiles": {**read_templates()},
            # A budget over one replica would let no node be drained.
            "podDisruptionBudget": {"enabled": settings.replicas > 1},
            "alertmanagerSpec": {
                **({} if settings.external_url is None else verbatim({"externalUrl": settings.external_url})),
                # AlertmanagerConfig objects are found like monitors; the chart would take those of every namespace.
                "alertmanagerConfigSelector": object_selector(props.settings),
                "alertmanagerConfigNamespaceSelector": namespace_selector(props.settings),
                "replicas": settings.replicas,
                "podAntiAffinity": "soft",
                "retention": settings.retention,
                "resources": settings.resources.values(),
                "storage": claim_template(props.storage_class_name, settings.volume_gib),
                **secret_values(settings, region=props.region, image_registry=props.settings.image_registry),
            },
        }
    }


def alertmanager_config(settings: AlertmanagerSettings) -> Values:
    """Return the configuration of Alertmanager."""
    return {
        "route": {
            "receiver": settings.default_receiver,
            "group_by": list(settings.group_by),
            "group_wait": settings.group_wait,
            "group_interval": settings.group_interval,
            "repeat_interval": settings.repeat_interval,
            "routes": [*_own_routes(settings), *(_route(route) for route in settings.routes)],
        },
        "receivers": [
            {"name": NOBODY},
            *(_receiver(name, receiver) for name, receiver in settings.receivers.items()),
        ],
        "inhibit_rules": [
            *SEVERITY_INHIBITIONS,
            *(_inhibit_rule(rule) for rule in settings.inhibit_rules),
        ],
        "templates": ["/etc/alertmanager/config/*.tmpl"],
        **_time_intervals(settings),
    }


def _time_intervals(settings: AlertmanagerSettings) -> Values:
    intervals: list[JsonValue] = [
        {"name": name, "time_intervals": [_time_interval(part) for part in parts]}
        for name, parts in settings.time_intervals.items()
    ]
    return {"time_intervals": intervals} if intervals else {}


def _time_interval(interval: TimeInterval) -> JsonValue:
    times: list[JsonValue] = [{"start_time": part.start, "end_time": part.end} for part in interval.times]
    lists: dict[str, list[JsonValue]] = {
        "times": times,
        "weekdays": [*interval.weekdays],
        "days_of_month": [*interval.days_of_month],
        "months": [*interval.months],
        "years": [*interval.years],
    }
    return {**{key: entries for key, entries in lists.items() if entries}, "location": interval.location}


def _own_routes(settings: AlertmanagerSettings) -> list[JsonValue]:
    """Route what is not for people: the alert that always fires, and the one that only silences others."""
    switch = settings.dead_mans_switch
    watchdog: Values = {"matchers": ["alertname = Watchdog"], "receiver": NOBODY}
    if switch is not None:
        watchdog |= {
            "receiver": switch.receiver,
            "group_wait": "0s",
            "group_interval": switch.interval,
            # Alertmanager looks once in a group's interval whether the repeat interval is over since it last told; with
            # two equal ones it is not quite, every other time. Half of it also keeps replicas from telling it twice.
            "repeat_interval": f"{int(seconds_of(switch.interval) * 1000 / 2)}ms",
        }
    return [watchdog, {"matchers": ["alertname = InfoInhibitor"], "receiver": NOBODY}]


def _route(route: Route) -> JsonValue:
    values: Values = {"receiver": route.receiver, "matchers": list(_matchers(route)), "continue": route.continue_}
    optional: Values = {
        "group_by": None if route.group_by is None else list(route.group_by),
        "group_wait": route.group_wait,
        "group_interval": route.group_interval,
        "repeat_interval": route.repeat_interval,
        "mute_time_intervals": [*route.muted_in] or None,
        "active_time_intervals": [*route.active_in] or None,
        "routes": [_route(child) for child in route.routes] or None,
    }
    return values | {key: value for key, value in optional.items() if value is not None}


def _matchers(route: Route) -> list[str]:
    matchers = list(route.matchers)
    if route.namespaces:
        matchers.insert(0, _any_of("namespace", route.namespaces))
    if route.severities:
        matchers.insert(0, _any_of("severity", route.severities))
    return matchers


def _any_of(label: str, values: Sequence[str]) -> str:
    return f'{label} =~ "{"|".join(values)}"'


def _inhibit_rule(rule: InhibitRule) -> JsonValue:
    return {
        "source_matchers": list(rule.source_matchers),
        "target_matchers": list(rule.target_matchers),
        "equal": list(rule.equal),
    }


def _receiver(name: str, receiver: Receiver) -> JsonValue:
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


def secret_path(secret: SecretReference) -> str:
    """Return the file in which Alertmanager finds a secret."""
    if secret.secrets_manager is None:
        return f"/etc/alertmanager/secrets/{secret.secret}/{secret.key}"
    return f"{SECRETS_MANAGER_FOLDER}/{_file_name(secret.secrets_manager)}"


def _file_name(secret_id: str) -> str:
    """Return a file name for a secret's name or ARN, whose characters a file name does not take."""
    return hashlib.sha256(secret_id.encode()).hexdigest()[:16]


def _region_of(secret_id: str) -> str | None:
    return secret_id.split(":")[3] if secret_id.startswith("arn:") else None


def secret_values(settings: AlertmanagerSettings, *, region: str | None, image_registry: str | None) -> Values:
    """Return what mounts the secrets: Kubernetes' as files, those of Secrets Manager fetched when the pod starts."""
    secrets = settings.secrets()
    values: Values = {}
    names = sorted({secret.secret for secret in secrets if secret.secret is not None})
    if names:
        values["secrets"] = list(names)
    ids = sorted({secret.secrets_manager for secret in secrets if secret.secrets_manager is not None})
    if ids:
        values["volumes"] = [
            {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}} for name in FETCH_VOLUMES
        ]
        values["volumeMounts"] = [{"name": "secrets-manager", "mountPath": SECRETS_MANAGER_FOLDER, "readOnly": True}]
        values["initContainers"] = [_fetch_secrets(ids, region=region, image_registry=image_registry)]
    return values


def _fetch_secrets(ids: list[str], *, region: str | None, image_registry: str | None) -> JsonValue:
    """Return an init container that writes secrets into memory, by Alertmanager's role: not into etcd or state."""
    script = "set -eu; umask 077; " + " ".join(
        f"aws secretsmanager get-secret-value --region {_region_of(id_) or region} --secret-id '{id_}'"
        " --query SecretString --output text"
        f" | tr -d '\\n' > {SECRETS_MANAGER_FOLDER}/{_file_name(id_)};"
        for id_ in ids
    )
    return {
        "name": "fetch-secrets",
        "image": versions.AWS_CLI.reference(image_registry),
        "command": ["/bin/bash", "-o", "pipefail", "-c", script],
        # The AWS CLI keeps the credentials of its role in a cache below HOME.
        "env": [{"name": "AWS_REGION", "value": region}, {"name": "HOME", "value": FETCH_VOLUMES["aws-cli-home"]}],
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in FETCH_VOLUMES.items()],
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
