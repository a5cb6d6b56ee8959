"""The definition of a workspace's alert manager, and what the service would refuse in it.

https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-config.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from config.core.settings import Problem
from config.monitoring.durations import SECONDS, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator


# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-config.html
REPEAT_INTERVAL_MAX_DAYS: Final = 5
# The placeholder in an alert manager definition for the topic of the settings, and for its region.
TOPIC_PLACEHOLDER: Final = "${topic_arn}"
REGION_PLACEHOLDER: Final = "${region}"


def definition_problems(definition: object) -> Iterator[Problem]:
    """Yield what the service would refuse in an alert manager definition, at locations of the file.

    https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-config.html
    """
    if not isinstance(definition, dict):
        yield Problem((), "is not a mapping with alertmanager_config")
        return
    for key in definition:
        if key not in ("alertmanager_config", "template_files"):
            yield Problem((key,), "unknown key; allowed: alertmanager_config, template_files")
    location = ("alertmanager_config",)
    config = definition.get("alertmanager_config")
    if not isinstance(config, str):
        yield Problem(location, "must be a text block: write `alertmanager_config: |` and indent what follows")
        return
    for message in _config_messages(config):
        yield Problem(location, message)


def _config_messages(config: str) -> Iterator[str]:
    try:
        parsed = yaml.safe_load(config)
    except yaml.YAMLError as error:
        yield f"is not YAML ({' '.join(str(error).split())})"
        return
    route, receivers = (parsed.get(key) for key in ("route", "receivers")) if isinstance(parsed, dict) else (None, None)
    if not isinstance(route, dict) or not isinstance(receivers, list):
        yield "needs a route and a list of receivers"
        return
    for receiver in receivers:
        yield from _receiver_messages(receiver)
    yield from _route_messages(route, {receiver.get("name") for receiver in receivers if isinstance(receiver, dict)})
    if TOPIC_PLACEHOLDER not in config:
        yield f"names no topic; write topic_arn: {TOPIC_PLACEHOLDER}"


def _receiver_messages(receiver: object) -> Iterator[str]:
    if not isinstance(receiver, dict) or not isinstance(receiver.get("name"), str):
        yield "has a receiver without a name"
        return
    where = f"receiver {receiver['name']!r}"
    for kind in receiver:
        if kind not in ("name", "sns_configs"):
            yield f"{where}: {kind} is not supported; the only kind is sns_configs"
    for config in receiver.get("sns_configs") or ():
        yield from _sns_messages(where, config)


# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-config.html
def _sns_messages(where: str, config: object) -> Iterator[str]:
    if not isinstance(config, dict):
        yield f"{where}: an entry of sns_configs is not a mapping"
        return
    for key in ("api_url", "http_config"):
        if key in config:
            yield f"{where}: {key} is not allowed"
    sigv4 = config.get("sigv4")
    if not isinstance(sigv4, dict) or not sigv4.get("region"):
        yield f"{where}: needs sigv4 with region: {REGION_PLACEHOLDER}"
    if config.get("topic_arn") != TOPIC_PLACEHOLDER:
        yield f"{where}: topic_arn must be {TOPIC_PLACEHOLDER}; the topic is chosen by the setting topic_arn"


def _route_messages(route: dict[str, Any], receivers: set[Any]) -> Iterator[str]:
    name = route.get("receiver")
    if name is not None and name not in receivers:
        yield f"a route names receiver {name!r}; receivers are {', '.join(sorted(map(str, receivers)))}"
    interval = route.get("repeat_interval")
    if isinstance(interval, str) and seconds_of(interval) > REPEAT_INTERVAL_MAX_DAYS * SECONDS["d"]:
        yield f"repeat_interval {interval} is above {REPEAT_INTERVAL_MAX_DAYS}d, the most that the service waits"
    for child in route.get("routes") or ():
        if isinstance(child, dict):
            yield from _route_messages(child, receivers)
