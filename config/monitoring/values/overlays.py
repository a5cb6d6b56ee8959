"""What a values file may not say, because settings decide or check it, and what is checked of the rest.

Keys of the chart: https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from config.core.files.literal_secrets import PLAIN_TEXT, literal_secrets
from config.core.problems import shown
from config.core.settings import Problem
from config.monitoring.durations import seconds_of
from config.monitoring.grafana.grafana import PLUGIN, PLUGIN_PATTERN
from config.monitoring.prometheus.scrape_configs import problems_of_regex, problems_of_scrape_configs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from config.core.problems import Location

_SPEC: Final = ("prometheus", "prometheusSpec")
_ALERTMANAGER: Final = ("alertmanager", "alertmanagerSpec")
_GRAFANA: Final = ("grafana",)
_RULER: Final = ("thanosRuler", "thanosRulerSpec")
SELECTOR_PREFIXES: Final = ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig")


def _decided_by(setting: str) -> str:
    return f"is decided by kube_prom_stack.{setting}; change it there"


def _trusted(component: str) -> str:
    return f"is fixed: the IAM role of {component} trusts a service account of that name"


_MONITORS: Final = _decided_by("monitor_label")
_NAMESPACES: Final = _decided_by("namespace_label")
_SIDECAR: Final = "is fixed: the project's dashboards and data sources are found by it"
_SCRAPES: Final = (
    "would replace the project's scrape jobs; list jobs in kube_prom_stack.prometheus.extra_scrape_configs"
)
_RECEIVERS: Final = (
    "would replace the project's configuration; declare kube_prom_stack.alertmanager.receivers and .routes"
)
_AROUND: Final = "would go around the checks of settings; write the fields below the spec itself"
_NAMES: Final = "is fixed: other releases, rules and dashboards rest on the names of the objects"
_NEEDED: Final = "cannot be set: what the project deploys with the chart needs it"
_COMPONENTS: Final = _decided_by("control_plane_components")

# Values that a file may not set: what settings decide, what they check, and the chart's other ways to the same thing.
OWNED_VALUES: Final[dict[tuple[str, ...], str]] = {
    ("fullnameOverride",): _trusted("Prometheus"),
    ("nameOverride",): _trusted("Prometheus"),
    ("namespaceOverride",): _decided_by("namespace"),
    ("cleanPrometheusOperatorObjectNames",): _NAMES,
    ("commonLabels",): _MONITORS,
    ("additionalPrometheusRulesMap",): _decided_by("alert_rules"),
    (
        "additionalPrometheusRules",
    ): "is ignored because the project has rules of its own; write the groups to values/rules/<name>.yaml",
    ("extraManifests",): _decided_by("extra_manifests"),
    ("global", "imageRegistry"): _decided_by("image_registry"),
    ("defaultRules", "create"): _decided_by("alert_rules.default_rules"),
    ("kubeEtcd", "enabled"): _COMPONENTS,
    ("kubeControllerManager", "enabled"): _COMPONENTS,
    ("kubeProxy", "enabled"): _COMPONENTS,
    ("kubeScheduler", "enabled"): _COMPONENTS,
    ("prometheusOperator", "enabled"): _NEEDED,
    ("prometheus", "enabled"): _NEEDED,
    ("prometheus", "agentMode"): _decided_by("prometheus.agent_mode"),
    ("prometheus", "serviceAccount"): _trusted("Prometheus"),
    **{(*_SPEC, f"{kind}Selector"): _MONITORS for kind in SELECTOR_PREFIXES},
    **{(*_SPEC, f"{kind}SelectorNilUsesHelmValues"): _MONITORS for kind in SELECTOR_PREFIXES},
    **{(*_SPEC, f"{kind}NamespaceSelector"): _NAMESPACES for kind in SELECTOR_PREFIXES},
    (*_SPEC, "ignoreNamespaceSelectors"): _NAMESPACES,
    (*_SPEC, "replicas"): _decided_by("prometheus.replicas"),
    (*_SPEC, "retention"): _decided_by("prometheus.retention"),
    (*_SPEC, "retentionSize"): _decided_by("prometheus.volume_gib"),
    (*_SPEC, "storageSpec"): _decided_by("prometheus.volume_gib"),
    (*_SPEC, "scrapeInterval"): _decided_by("prometheus.scrape_interval"),
    (*_SPEC, "externalUrl"): _decided_by("prometheus.external_url"),
    (*_SPEC, "externalLabels", "cluster"): "is fixed: the name of the cluster",
    (*_SPEC, "externalLabels", "prometheus"): "is set by the operator",
    (*_SPEC, "externalLabels", "prometheus_replica"): "is set by the operator",
    (*_SPEC, "prometheusExternalLabelName"): "is fixed: it distinguishes replicas",
    (*_SPEC, "prometheusExternalLabelNameClear"): "is fixed: it distinguishes replicas",
    (*_SPEC, "replicaExternalLabelName"): "is fixed: it distinguishes replicas",
    (*_SPEC, "replicaExternalLabelNameClear"): "is fixed: it distinguishes replicas",
    (*_SPEC, "thanos"): _decided_by("thanos.enabled"),
    (*_SPEC, "remoteWrite"): _decided_by("managed_prometheus"),
    (*_SPEC, "additionalRemoteWrite"): _decided_by("managed_prometheus"),
    (*_SPEC, "additionalScrapeConfigsSecret"): _SCRAPES,
    (*_SPEC, "additionalConfig"): _AROUND,
    (*_SPEC, "additionalConfigString"): _AROUND,
    ("alertmanager", "enabled"): _NEEDED,
    ("alertmanager", "serviceAccount"): _trusted("Alertmanager"),
    ("alertmanager", "config"): _decided_by("alertmanager.receivers and .routes"),
    ("alertmanager", "stringConfig"): _RECEIVERS,
    ("alertmanager", "tplConfig"): _RECEIVERS,
    ("alertmanager", "namespaceOverride"): _decided_by("namespace"),
    (*_ALERTMANAGER, "configSecret"): _RECEIVERS,
    (*_ALERTMANAGER, "useExistingSecret"): _RECEIVERS,
    (*_ALERTMANAGER, "alertmanagerConfiguration"): _RECEIVERS,
    (*_ALERTMANAGER, "alertmanagerConfigSelector"): _MONITORS,
    (*_ALERTMANAGER, "alertmanagerConfigNamespaceSelector"): _NAMESPACES,
    (*_ALERTMANAGER, "storage"): _decided_by("alertmanager.volume_gib"),
    (*_ALERTMANAGER, "replicas"): _decided_by("alertmanager.replicas"),
    (*_ALERTMANAGER, "retention"): _decided_by("alertmanager.retention"),
    (*_ALERTMANAGER, "externalUrl"): _decided_by("alertmanager.external_url"),
    (*_ALERTMANAGER, "additionalConfig"): _AROUND,
    (*_ALERTMANAGER, "additionalConfigString"): _AROUND,
    ("thanosRuler", "enabled"): _decided_by("thanos.ruler.enabled"),
    ("thanosRuler", "serviceAccount"): _trusted("the Thanos ruler"),
    (*_RULER, "ruleSelector"): "is fixed: Prometheus evaluates every rule with another label",
    (*_RULER, "ruleSelectorNilUsesHelmValues"): "is fixed: Prometheus evaluates every rule with another label",
    (*_RULER, "ruleNamespaceSelector"): "is fixed: the namespace of the release",
    (*_RULER, "objectStorageConfig"): _decided_by("thanos"),
    (*_RULER, "storage"): _decided_by("thanos.ruler.volume_gib"),
    (*_RULER, "replicas"): _decided_by("thanos.ruler.replicas"),
    (*_GRAFANA, "enabled"): _decided_by("grafana.enabled"),
    (*_GRAFANA, "serviceAccount"): _trusted("Grafana"),
    (*_GRAFANA, "fullnameOverride"): _trusted("Grafana"),
    (*_GRAFANA, "nameOverride"): _NAMES,
    (*_GRAFANA, "namespaceOverride"): _decided_by("namespace"),
    (*_GRAFANA, "persistence"): _decided_by("grafana.volume_gib"),
    (*_GRAFANA, "useStatefulSet"): _decided_by("grafana.volume_gib"),
    (*_GRAFANA, "createConfigmap"): _SIDECAR,
    (*_GRAFANA, "admin"): _decided_by("grafana.admin_secret"),
    (*_GRAFANA, "serviceMonitor", "labels"): _MONITORS,
    **{
        (*_GRAFANA, "sidecar", "dashboards", key): _SIDECAR
        for key in ("enabled", "label", "labelValue", "searchNamespace", "folder", "folderAnnotation", "resource")
    },
    (*_GRAFANA, "sidecar", "dashboards", "provider", "foldersFromFilesStructure"): _SIDECAR,
    **{(*_GRAFANA, "sidecar", "datasources", key): _SIDECAR for key in ("enabled", "label", "labelValue")},
    **{
        (subchart, key): message
        for subchart in ("kube-state-metrics", "prometheus-node-exporter")
        for key, message in (("namespaceOverride", _decided_by("namespace")), ("nameOverride", _NAMES))
    },
    ("kube-state-metrics", "prometheus", "monitor", "additionalLabels"): _MONITORS,
    ("prometheus-node-exporter", "prometheus", "monitor", "additionalLabels"): _MONITORS,
}
# The chart's own data sources.
_CHART_DATA_SOURCES: Final = ("Prometheus", "Alertmanager")
_REGEX_LISTS: Final = (
    "relabelings",
    "metricRelabelings",
    "relabelConfigs",
    "metricRelabelConfigs",
    "writeRelabelConfigs",
)


def problems_of_overlay(values: JsonValue) -> Iterator[Problem]:
    """Yield what is wrong in values that no setting decides, as the programs behind the chart will see it."""
    for location in literal_secrets(values):
        yield Problem(location, PLAIN_TEXT)
    yield from _problems_of_relabelings(values, ())
    spec = _at(values, _SPEC)
    yield from _problems_of_jobs(spec.get("additionalScrapeConfigs"), (*_SPEC, "additionalScrapeConfigs"))
    timeout = spec.get("scrapeTimeout")
    if isinstance(timeout, str) and seconds_of(timeout) > 120:
        yield Problem((*_SPEC, "scrapeTimeout"), f"{timeout} is more than any scrape interval, at most 2m")
    grafana = _at(values, _GRAFANA)
    yield from _problems_of_data_sources(grafana.get("additionalDataSources"))
    yield from _problems_of_plugins(grafana.get("plugins"))


def _problems_of_plugins(plugins: object) -> Iterator[Problem]:
    for position, plugin in enumerate(plugins if isinstance(plugins, list) else ()):
        # The chart's documentation also has ID@VERSION@URL.
        if not isinstance(plugin, str) or not re.fullmatch(rf"{PLUGIN_PATTERN}(?:@https://\S+)?", plugin):
            yield Problem((*_GRAFANA, "plugins", position), f"{shown(plugin)} is not {PLUGIN}")


def _at(values: JsonValue, location: tuple[str, ...]) -> dict[str, Any]:
    for key in location:
        values = values.get(key) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def _problems_of_jobs(jobs: object, location: Location) -> Iterator[Problem]:
    if isinstance(jobs, str):
        yield Problem(location, f"is text, which {_SCRAPES}")
    elif isinstance(jobs, list):
        for problem in problems_of_scrape_configs(jobs, "2m"):
            yield Problem((*location, *problem.location), problem.message)


def _problems_of_relabelings(values: JsonValue, location: Location) -> Iterator[Problem]:
    """Yield regular expressions of relabelings, wherever they are, that Prometheus could not compile."""
    if isinstance(values, list):
        for position, item in enumerate(values):
            yield from _problems_of_relabelings(item, (*location, position))
    elif isinstance(values, dict):
        for key, value in values.items():
            here = (*location, key)
            if key in _REGEX_LISTS and isinstance(value, list):
                for position, item in enumerate(value):
                    if isinstance(item, dict):
                        yield from problems_of_regex(item.get("regex"), (*here, position, "regex"))
            else:
                yield from _problems_of_relabelings(value, here)


def _problems_of_data_sources(sources: object) -> Iterator[Problem]:
    for position, source in enumerate(sources if isinstance(sources, list) else ()):
        location = (*_GRAFANA, "additionalDataSources", position)
        if not isinstance(source, dict):
            yield Problem(location, "is not a data source, a mapping with name and type")
            continue
        for key in ("name", "type"):
            if not isinstance(source.get(key), str):
                yield Problem(location, f"has no {key}")
        if source.get("name") in _CHART_DATA_SOURCES:
            yield Problem(
                (*location, "name"), f"{shown(source['name'])} is a data source of the chart; choose another name"
            )
        if source.get("isDefault") is True:
            yield Problem((*location, "isDefault"), "is true, and Prometheus is the default: Grafana would not start")
