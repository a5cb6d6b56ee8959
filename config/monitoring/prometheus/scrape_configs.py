"""Checks scrape configurations in Prometheus' own form, whose mistakes would otherwise stop the whole configuration.

Fields of Prometheus 3.14: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from config.core.languages.regular_expressions import complaint_about_expression
from config.core.problems import nearest, shown
from config.core.settings import Problem
from config.core.types import DURATION_PATTERN
from config.monitoring.durations import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from config.core.problems import Location

_HTTP: Final = (
    "basic_auth", "authorization", "oauth2", "follow_redirects", "enable_http2", "http_headers", "tls_config",
    "proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header", "bearer_token", "bearer_token_file",
)  # fmt: skip
_DISCOVERIES: Final = (
    "aws", "azure", "consul", "digitalocean", "dns", "docker", "dockerswarm", "ec2", "eureka", "file", "gce", "hetzner",
    "http", "ionos", "kubernetes", "kuma", "lightsail", "linode", "marathon", "nerve", "nomad", "oci", "openstack",
    "ovhcloud", "puppetdb", "scaleway", "serverset", "stackit", "triton", "uyuni", "vultr",
)  # fmt: skip
FIELDS: Final = (
    "job_name", "honor_labels", "honor_timestamps", "track_timestamps_staleness", "params", "scrape_interval",
    "scrape_timeout", "scrape_protocols", "fallback_scrape_protocol", "scrape_native_histograms",
    "always_scrape_classic_histograms", "convert_classic_histograms_to_nhcb", "scrape_failure_log_file", "metrics_path",
    "scheme", "enable_compression", "body_size_limit", "sample_limit", "target_limit", "label_limit",
    "label_name_length_limit", "label_value_length_limit", "native_histogram_bucket_limit",
    "native_histogram_min_bucket_factor", "keep_dropped_targets", "metric_name_validation_scheme",
    "metric_name_escaping_scheme", "extra_scrape_metrics", "static_configs", "relabel_configs",
    "metric_relabel_configs", *_HTTP, *(f"{name}_sd_configs" for name in _DISCOVERIES),
)  # fmt: skip
RELABEL_FIELDS: Final = (
    "source_labels", "separator", "target_label", "regex", "modulus", "replacement", "action",
)  # fmt: skip
_EC2_FIELDS: Final = (
    "endpoint", "region", "access_key", "secret_key", "profile", "role_arn", "external_id", "refresh_interval", "port",
    "filters", *_HTTP,
)  # fmt: skip
# What each action needs, and what it must not have.
_TARGET: Final = ("replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal")
_REGEX_ONLY: Final = ("labeldrop", "labelkeep")
_ACTIONS: Final = (*_TARGET, *_REGEX_ONLY, "keep", "drop", "labelmap")
_LABEL: Final = re.compile(r"(?:[a-zA-Z_]|\$\{?\w+\}?)(?:\w|\$\{?\w+\}?)*")
_DURATION: Final = re.compile(DURATION_PATTERN)
# What signs in to AWS: Prometheus' role does it where nothing else is given.
_AWS_DISCOVERIES: Final = ("ec2_sd_configs", "lightsail_sd_configs", "aws_sd_configs")


def problems_of_scrape_configs(
    configs: Iterable[Any], interval: str, taken: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """Yield what is wrong with a list of scrape configurations; `interval` holds where they give none.

    `taken` has job names that are there already, with whose they are.
    """
    names = dict(taken or {})
    for position, config in enumerate(configs):
        location: Location = (position,)
        if not isinstance(config, dict):
            yield Problem(location, "is not a scrape configuration, a mapping with a job_name")
            continue
        yield from problems_of_scrape_config(config, location, interval)
        name = config.get("job_name")
        if isinstance(name, str) and name in names:
            yield Problem((*location, "job_name"), f"{name} is {names[name]}")
        elif isinstance(name, str):
            names[name] = "there already"


def problems_of_scrape_config(config: Mapping[str, Any], location: Location, interval: str) -> Iterator[Problem]:
    """Yield what Prometheus would refuse of a scrape configuration, or what cannot work."""
    if not isinstance(config.get("job_name"), str) or not config["job_name"]:
        yield Problem(location, "has no job_name")
    for key in config:
        if key not in FIELDS:
            yield Problem((*location, key), f"unknown key; {nearest(key, FIELDS)}allowed: {', '.join(FIELDS)}")
    yield from _problems_of_times(config, location, interval)
    yield from _problems_of_targets(config.get("static_configs"), (*location, "static_configs"))
    for key in ("relabel_configs", "metric_relabel_configs"):
        yield from problems_of_relabelings(config.get(key), (*location, key))
    for position, discovery in enumerate(_items(config.get("ec2_sd_configs"))):
        here = (*location, "ec2_sd_configs", position)
        for key in discovery if isinstance(discovery, dict) else ():
            if key not in _EC2_FIELDS:
                yield Problem(
                    (*here, key), f"unknown key; {nearest(key, _EC2_FIELDS)}allowed: {', '.join(_EC2_FIELDS)}"
                )
    path = config.get("metrics_path", "/")
    if not isinstance(path, str) or not path.startswith("/"):
        yield Problem((*location, "metrics_path"), f"{shown(path)} is not a path like /metrics")
    scheme = config.get("scheme", "http")
    if scheme not in ("http", "https"):
        yield Problem((*location, "scheme"), f"{shown(scheme)} is not allowed; allowed: http, https")


def discoveries_without_login(config: Mapping[str, Any], location: Location) -> Iterator[Location]:
    """Yield the discoveries in AWS that sign in as Prometheus itself."""
    for key in _AWS_DISCOVERIES:
        for position, discovery in enumerate(_items(config.get(key))):
            if isinstance(discovery, dict) and not {"access_key", "profile"} & set(discovery):
                yield (*location, key, position)


def _problems_of_times(config: Mapping[str, Any], location: Location, interval: str) -> Iterator[Problem]:
    times = {"scrape_interval": interval, "scrape_timeout": "10s"}
    for key in times:
        value = config.get(key)
        if value is None:
            continue
        if not isinstance(value, str) or not _DURATION.fullmatch(value) or not seconds_of(value):
            yield Problem((*location, key), f"{shown(value)} is not a duration above 0 like 30s")
            return
        times[key] = value
    every, timeout = times["scrape_interval"], times["scrape_timeout"]
    if "scrape_timeout" in config and seconds_of(timeout) > seconds_of(every):
        yield Problem((*location, "scrape_timeout"), f"{timeout} is more than the scrape_interval, {every}")


def _problems_of_targets(configs: object, location: Location) -> Iterator[Problem]:
    if configs is not None and not isinstance(configs, list):
        yield Problem(location, "is not a list")
    for position, config in enumerate(_items(configs)):
        here = (*location, position)
        if not isinstance(config, dict) or not isinstance(config.get("targets"), list):
            yield Problem(here, "is not a mapping with targets, a list")
            continue
        for key in config:
            if key not in ("targets", "labels"):
                yield Problem((*here, key), "unknown key; allowed: targets, labels")
        for number, target in enumerate(config["targets"]):
            if not isinstance(target, str) or not target or "/" in target:
                yield Problem((*here, "targets", number), f"{shown(target)} is not a target like db.example.com:9100")


def problems_of_relabelings(configs: object, location: Location) -> Iterator[Problem]:
    """Yield what Prometheus would refuse in a list of relabelings in its own form."""
    if configs is not None and not isinstance(configs, list):
        yield Problem(location, "is not a list")
    for position, config in enumerate(_items(configs)):
        here = (*location, position)
        if not isinstance(config, dict):
            yield Problem(here, "is not a mapping")
            continue
        for key in config:
            if key not in RELABEL_FIELDS:
                allowed = ", ".join(RELABEL_FIELDS)
                yield Problem((*here, key), f"unknown key; {nearest(key, RELABEL_FIELDS)}allowed: {allowed}")
        yield from _problems_of_relabeling(config, here)


def _problems_of_relabeling(config: Mapping[str, Any], location: Location) -> Iterator[Problem]:
    yield from problems_of_regex(config.get("regex"), (*location, "regex"))
    action = str(config.get("action", "replace")).lower()
    if action not in _ACTIONS:
        yield Problem(
            (*location, "action"), f"{shown(config['action'])} is not allowed; allowed: {', '.join(_ACTIONS)}"
        )
        return
    target = config.get("target_label")
    if action in _TARGET and not target:
        yield Problem(location, f"lacks target_label, which the action {action} needs")
    elif target and (not isinstance(target, str) or not _LABEL.fullmatch(target)):
        yield Problem((*location, "target_label"), f"{shown(target)} is not the name of a label")
    if action == "hashmod" and not config.get("modulus"):
        yield Problem(location, "lacks modulus, which the action hashmod needs")
    for key in ("source_labels", "target_label", "modulus", "separator", "replacement"):
        if action in _REGEX_ONLY and key in config:
            yield Problem((*location, key), f"cannot be used with the action {action}, which takes regex only")
    for key in ("regex", "modulus", "separator", "replacement"):
        if action in ("keepequal", "dropequal") and key in config:
            yield Problem((*location, key), f"cannot be used with the action {action}")


def problems_of_regex(expression: object, location: Location) -> Iterator[Problem]:
    """Yield that a regular expression does not compile in Prometheus."""
    if expression is None:
        return
    complaint = complaint_about_expression(f"^(?s:{expression})$")
    if complaint is not None:
        yield Problem(location, f"{shown(expression)} is no regular expression of RE2: {complaint}")


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
