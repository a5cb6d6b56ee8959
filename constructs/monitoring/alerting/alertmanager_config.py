"""The configuration of Alertmanager: routes, receivers, times, and what silences what.

https://prometheus.io/docs/alerting/latest/configuration/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.monitoring.alerting.receivers import NOBODY
from config.monitoring.durations import seconds_of
from constructs.monitoring.alerting.receiver_values import receiver_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from config.monitoring.alerting.alertmanager import AlertmanagerSettings
    from config.monitoring.alerting.routes import InhibitRule, Route
    from config.monitoring.alerting.time_intervals import TimeInterval
    from constructs.helm.helm_values import Values


# Labels that two severities of an alert about the same thing have in common; a label that both lack counts as equal.
SAME_SUBJECT = (
    "cluster", "namespace", "alertname", "instance", "node", "pod", "persistentvolumeclaim", "device", "mountpoint",
)  # fmt: skip
# A critical alert silences its warning. InfoInhibitor exists to silence what matters only together with an alert.
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
            *(receiver_values(name, receiver) for name, receiver in settings.receivers.items()),
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
            # Alertmanager checks once in a group's interval whether the repeat interval is over since the last
            # notification; with two equal ones every other notification is left out. Half of it also keeps replicas
            # from sending it twice.
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
