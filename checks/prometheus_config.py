"""The configuration that the operator writes for Prometheus, as far as Prometheus can refuse it.

Monitors, probes and the spec's lists are translated as the operator does; secrets become invented texts, and what only
Kubernetes decides (which pods there are) stays out.
https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/promcfg.go
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Object = dict[str, Any]
Config = dict[str, Any]

SECRET: Final = "secret"  # noqa: S105 (stands for one)
# Fields that Prometheus calls otherwise than in snake case.
_NAMES: Final = {
    "relabelings": "relabel_configs",
    "metricRelabelings": "metric_relabel_configs",
    "writeRelabelConfigs": "write_relabel_configs",
    "path": "metrics_path",
    "interval": "scrape_interval",
    "tlsConfig": "tls_config",
    "enableHttp2": "enable_http2",
}
# The operator leaves them out where they are empty, as charts write them.
_TIMES: Final = ("interval", "scrapeTimeout", "remoteTimeout")
# What an endpoint of a monitor says to Kubernetes' discovery.
_OF_DISCOVERY: Final = frozenset(
    {"port", "targetPort", "portNumber", "filterRunning", "attachMetadata", "enableHttp2", "proxyUrl"}
)


class Prometheus(NamedTuple):
    """The configuration, the groups of each object with rules, the features that are switched on, and the mode."""

    config: Config
    rules: dict[str, list[Any]]
    features: Sequence[str]
    is_agent: bool = False


def prometheus_of(spec: Mapping[str, Any], objects: Iterable[Object], *, is_agent: bool = False) -> Prometheus:
    """Return what the operator generates from the spec of a Prometheus, or an agent, and the objects around it."""
    objects = list(objects)
    features = spec.get("enableFeatures") or ()
    if is_agent:
        return Prometheus(_agent_config(spec, objects), {}, features, is_agent=True)
    config = _agent_config(spec, objects)
    config["global"]["evaluation_interval"] = spec.get("evaluationInterval", "30s")
    config["remote_read"] = [_translated(entry) for entry in spec.get("remoteRead") or ()]
    rules = {
        f"{one['metadata'].get('namespace', '')}-{one['metadata']['name']}": _groups(one)
        for one in objects
        if one["kind"] == "PrometheusRule"
    }
    return Prometheus(config, rules, features)


def _agent_config(spec: Mapping[str, Any], objects: list[Object]) -> Config:
    """Return what both modes have: targets, and where samples are sent."""
    return {
        "global": {
            "scrape_interval": spec.get("scrapeInterval", "30s"),
            "external_labels": spec.get("externalLabels") or {},
        },
        "scrape_configs": [*_jobs(objects), *_additional(spec.get("additionalScrapeConfigs"), objects)],
        "remote_write": [_translated(entry) for entry in spec.get("remoteWrite") or ()],
    }


def _groups(rule_object: Object) -> list[Any]:
    """Return groups of rules without the fields that are Thanos' own."""
    own = ("partial_response_strategy",)
    return [{key: value for key, value in group.items() if key not in own} for group in rule_object["spec"]["groups"]]


def _additional(given: Any, objects: Iterable[Object]) -> list[Config]:  # noqa: ANN401 (a list, or where it is)
    """Return the jobs in Prometheus' own form: a list in the chart's values, a key of a Secret once it is rendered."""
    if not isinstance(given, dict):
        return list(given or ())
    for one in objects:
        if one["kind"] == "Secret" and one["metadata"]["name"] == given["name"]:
            return list(yaml.safe_load(b64decode(one["data"][given["key"]])) or ())
    return []


def _jobs(objects: Iterable[Object]) -> Iterator[Config]:
    for one in objects:
        spec = one.get("spec") or {}
        name = f"{one['metadata'].get('namespace', '')}/{one['metadata']['name']}"
        if one["kind"] == "ServiceMonitor":
            yield from _discovered("serviceMonitor", name, "endpointslice", spec.get("endpoints") or ())
        elif one["kind"] == "PodMonitor":
            yield from _discovered("podMonitor", name, "pod", spec.get("podMetricsEndpoints") or ())
        elif one["kind"] == "Probe":
            yield _probe(name, spec)


def _discovered(kind: str, name: str, role: str, endpoints: Iterable[Mapping[str, Any]]) -> Iterator[Config]:
    for position, endpoint in enumerate(endpoints):
        fields = {key: value for key, value in endpoint.items() if key not in _OF_DISCOVERY}
        token = fields.pop("bearerTokenFile", None)
        if token:
            fields["authorization"] = {"credentialsFile": token}
        yield {
            "job_name": f"{kind}/{name}/{position}",
            "kubernetes_sd_configs": [{"role": role}],
            **_translated(fields),
        }


def _probe(name: str, spec: Mapping[str, Any]) -> Config:
    prober, targets = spec.get("prober") or {}, (spec.get("targets") or {}).get("staticConfig") or {}
    outside = ("prober", "targets", "module", "jobName")
    config = _translated({key: value for key, value in spec.items() if key not in outside})
    return {
        "job_name": f"probe/{name}",
        "metrics_path": prober.get("path", "/probe"),
        "params": {"module": [spec.get("module", "")]},
        "static_configs": [{"targets": targets.get("static") or [], "labels": targets.get("labels") or {}}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": prober.get("url", "")},
            *_translated(targets.get("relabelingConfigs") or []),
        ],
        **config,
    }


def _translated(value: Any, key: str = "") -> Any:  # noqa: ANN401 (any part of an object)
    """Return a part of an object in Prometheus' own form."""
    if isinstance(value, list):
        return [_translated(item) for item in value]
    if not isinstance(value, dict) or key in ("params", "headers"):
        return value
    if set(value) in ({"name", "key"}, {"name", "key", "optional"}):
        return SECRET
    if key == "tlsConfig":
        return _tls(value)
    given = {name: item for name, item in value.items() if item or name not in _TIMES}
    return {_NAMES.get(name, _snake_case(name)): _translated(item, name) for name, item in given.items()}


def _tls(value: Mapping[str, Any]) -> Config:
    """Return what Prometheus checks of TLS before it reads a file."""
    kept = ("serverName", "insecureSkipVerify", "minVersion", "maxVersion")
    return {_snake_case(name): item for name, item in value.items() if name in kept}


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
