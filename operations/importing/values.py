"""Takes over a values file of the chart: what becomes a setting, what an overlay, and what is refused and why."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from config.core.files.literal_secrets import literal_secrets
from config.core.files.yaml_source import read_yaml
from config.core.problems import shown_path
from config.monitoring.kube_prom_stack import KubePromStackSettings
from config.monitoring.values.overlays import OWNED_VALUES, problems_of_overlay
from operations.importing.dashboards_and_rules import ImportProblemError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Key = tuple[str, ...]

_SPEC: Final = ("prometheus", "prometheusSpec")
_ALERTMANAGER: Final = ("alertmanager", "alertmanagerSpec")
_CLAIM: Final = ("volumeClaimTemplate", "spec", "resources", "requests", "storage")
_GIB: Final = {"Gi": 1.0, "G": 1000**3 / 1024**3, "Ti": 1024.0, "T": 1000**4 / 1024**3, "Mi": 1 / 1024}


def _gib(value: Any) -> int:  # noqa: ANN401 (YAML)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(Gi|G|Ti|T|Mi)", str(value))
    if found is None:
        raise ValueError(f"{value!r} is not a size like 50Gi")
    return max(1, round(float(found[1]) * _GIB[found[2]]))


def _same(value: Any) -> Any:  # noqa: ANN401 (YAML)
    return value


def _plugins(value: Any) -> list[str]:  # noqa: ANN401 (YAML)
    return [re.sub(r"[ @]+", "@", str(plugin)) for plugin in value]


# Values by what the setting is called, and how one becomes the other; https://github.com/prometheus-community/helm-charts
_SETTINGS: Final[dict[Key, tuple[str, Callable[[Any], Any]]]] = {
    ("namespaceOverride",): ("namespace", _same),
    ("fullnameOverride",): ("release_name", _same),
    ("global", "imageRegistry"): ("image_registry", _same),
    ("defaultRules", "create"): ("alert_rules.default_rules", _same),
    (*_SPEC, "replicas"): ("prometheus.replicas", _same),
    (*_SPEC, "retention"): ("prometheus.retention", _same),
    (*_SPEC, "scrapeInterval"): ("prometheus.scrape_interval", _same),
    (*_SPEC, "externalUrl"): ("prometheus.external_url", _same),
    (*_SPEC, "externalLabels"): ("prometheus.external_labels", _same),
    (*_SPEC, "podAntiAffinity"): ("prometheus.pod_anti_affinity", _same),
    (*_SPEC, "resources"): ("prometheus.resources", _same),
    (*_SPEC, "storageSpec", *_CLAIM): ("prometheus.volume_gib", _gib),
    (*_SPEC, "additionalScrapeConfigs"): ("prometheus.extra_scrape_configs", _same),
    (*_ALERTMANAGER, "replicas"): ("alertmanager.replicas", _same),
    (*_ALERTMANAGER, "retention"): ("alertmanager.retention", _same),
    (*_ALERTMANAGER, "externalUrl"): ("alertmanager.external_url", _same),
    (*_ALERTMANAGER, "resources"): ("alertmanager.resources", _same),
    (*_ALERTMANAGER, "storage", *_CLAIM): ("alertmanager.volume_gib", _gib),
    ("grafana", "enabled"): ("grafana.enabled", _same),
    ("grafana", "resources"): ("grafana.resources", _same),
    ("grafana", "persistence", "size"): ("grafana.volume_gib", _gib),
    ("grafana", "grafana.ini"): ("grafana.ini", _same),
    ("grafana", "plugins"): ("grafana.plugins", _plugins),
    ("grafana", "admin", "existingSecret"): ("grafana.admin_secret.name", _same),
    ("grafana", "admin", "userKey"): ("grafana.admin_secret.user_key", _same),
    ("grafana", "admin", "passwordKey"): ("grafana.admin_secret.password_key", _same),
    ("kube-state-metrics", "metricLabelsAllowlist"): ("kube_state_metrics.metric_labels_allow_list", _same),
    ("kube-state-metrics", "resources"): ("kube_state_metrics.resources", _same),
    ("prometheus-node-exporter", "resources"): ("node_exporter.resources", _same),
    ("extraManifests",): ("extra_manifests", _same),
}
# Parts of what becomes a setting, which the project makes itself.
_IMPLIED: Final = (
    (*_SPEC, "storageSpec"), (*_ALERTMANAGER, "storage"), ("grafana", "persistence"), ("grafana", "admin"),
)  # fmt: skip
_RULES: Final = ("additionalPrometheusRulesMap",)
_EXTERNAL_LABELS: Final = ("cluster", "prometheus", "prometheus_replica")


@dataclass
class ImportedValues:
    """What a values file becomes; each list has lines to print."""

    settings: dict[str, Any] = field(default_factory=dict)
    overlay: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def settings_text(self) -> str:
        """Return the settings as YAML for the section kube_prom_stack of an environment."""
        if not self.settings:
            return ""
        return str(yaml.safe_dump({"kube_prom_stack": self.settings}, sort_keys=False, allow_unicode=True, width=120))

    def overlay_text(self) -> str:
        """Return the overlay as YAML."""
        return str(yaml.safe_dump(self.overlay, sort_keys=False, allow_unicode=True, width=120)) if self.overlay else ""


def import_values(path: Path) -> ImportedValues:
    """Return what the values of kube-prometheus-stack in a file become.

    Raises:
        ImportProblemError: The file cannot be read, or is no mapping.

    """
    document = read_yaml(path, str(path))
    if document.problems or document.root is None:
        raise ImportProblemError("\n".join(map(str, document.problems)))
    values = document.root.plain()
    if not isinstance(values, dict):
        raise ImportProblemError(f"{path} is not a mapping; values are keys and what they hold")
    result = ImportedValues()
    for rule_name, content in (values.pop(_RULES[0], None) or {}).items():  # type: ignore[union-attr]  # of any type
        result.rules[rule_name] = content
    _take(values, (), result)
    _refuse_problems(result)
    return result


def _take(values: dict[str, Any], at: Key, result: ImportedValues) -> None:
    for key, value in values.items():
        here = (*at, key)
        if here in _SETTINGS:
            _take_setting(here, value, result)
        elif here in OWNED_VALUES and not _has_settings_below(here):
            result.refused.append(f"{shown_path(here)}: {OWNED_VALUES[here]}")
        elif isinstance(value, dict) and (value or here in _IMPLIED):
            _take(value, here, result)
        elif any(here[: len(prefix)] == prefix for prefix in _IMPLIED):
            result.refused.append(f"{shown_path(here)}: is made by the project itself")
        else:
            _put(result.overlay, here, value)


def _has_settings_below(location: Key) -> bool:
    return any(key[: len(location)] == location for key in _SETTINGS)


def _take_setting(location: Key, value: Any, result: ImportedValues) -> None:  # noqa: ANN401 (YAML)
    name, convert = _SETTINGS[location]
    if location == (*_SPEC, "externalLabels") and isinstance(value, dict):
        for label in _EXTERNAL_LABELS:
            if value.pop(label, None) is not None:
                result.refused.append(f"{shown_path((*location, label))}: is set by the project itself")
    secrets = list(literal_secrets(value))
    try:
        converted = convert(value)
        problem = (
            "holds a secret in plain text; keep it in a Kubernetes secret" if secrets else _problem(name, converted)
        )
    except (TypeError, ValueError) as error:
        problem = str(error)
    if problem is not None:
        result.refused.append(f"{shown_path(location)}: cannot become kube_prom_stack.{name}: {problem}")
        return
    if converted in ({}, []):
        return
    _put(result.settings, tuple(name.split(".")), converted)
    result.taken.append(f"{shown_path(location)}: becomes kube_prom_stack.{name}")


def _problem(name: str, value: Any) -> str | None:  # noqa: ANN401 (YAML)
    """Return why a setting does not take a value."""
    settings: dict[str, Any] = {}
    _put(settings, tuple(name.split(".")), value)
    if name.startswith("grafana.admin_secret.") and not name.endswith(".name"):
        settings["grafana"]["admin_secret"]["name"] = "grafana-admin"
    try:
        KubePromStackSettings.model_validate_json(json.dumps(settings))
    except ValueError as error:
        return _first_message(error)
    return None


def _first_message(error: ValueError) -> str:
    errors: Callable[[], list[dict[str, Any]]] | None = getattr(error, "errors", None)
    return str(error) if errors is None else str(errors()[0]["msg"]).removeprefix("Value error, ")


def _refuse_problems(result: ImportedValues) -> None:
    """Take out of the overlay what would be refused there."""
    for problem in sorted(problems_of_overlay(result.overlay), key=lambda one: len(one.location), reverse=True):
        result.refused.append(f"{shown_path(problem.location)}: {problem.message}")
        top = next((at for at, part in enumerate(problem.location) if isinstance(part, int)), len(problem.location))
        _remove(result.overlay, tuple(str(part) for part in problem.location[:top]))


def _put(values: dict[str, Any], location: Key, value: Any) -> None:  # noqa: ANN401 (YAML)
    *parents, last = location
    for parent in parents:
        values = values.setdefault(parent, {})
    values[last] = value


def _remove(values: dict[str, Any], location: Key) -> None:
    *parents, last = location
    chain = [values]
    for parent in parents:
        if not isinstance(chain[-1].get(parent), dict):
            return
        chain.append(chain[-1][parent])
    chain[-1].pop(last, None)
    for parent, holder in zip(reversed(parents), reversed(chain[:-1]), strict=True):
        if not holder[parent]:
            del holder[parent]
