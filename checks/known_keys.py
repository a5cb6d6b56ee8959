"""Finds values that a chart knows nothing of. Helm accepts any key, and what no template reads has no effect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from checks.chart_files import Chart

Path = tuple[str, ...]

# Values that a chart puts into a custom resource as they are: the resource, and the field of its spec where it differs.
RESOURCES: Final[Mapping[Path, str]] = {
    ("prometheus", "prometheusSpec"): "prometheuses.monitoring.coreos.com",
    ("alertmanager", "alertmanagerSpec"): "alertmanagers.monitoring.coreos.com",
    ("thanosRuler", "thanosRulerSpec"): "thanosrulers.monitoring.coreos.com",
}
# Values of any keys: the program behind them checks its own configuration.
FREE_FORM: Final[Mapping[str, frozenset[Path]]] = {
    "cluster-autoscaler": frozenset({("extraArgs",)}),
    "grafana": frozenset({("grafana.ini",)}),
    # The chart hands its values to Kiali as a whole: https://kiali.io/docs/configuration/kialis.kiali.io/
    "kiali-server": frozenset({("external_services",), ("istio_namespace",)}),
    "kube-prometheus-stack": frozenset({("alertmanager", "config")}),
    "prometheus-blackbox-exporter": frozenset({("config",)}),
}
# Of Kubernetes, whose fields a chart's defaults need not list: the API server refuses what it does not know in them.
KUBERNETES_FIELDS: Final = frozenset(
    {"containerSecurityContext", "nodeSelector", "podSecurityContext", "resources", "securityContext"}
)
OTHER_FIELDS: Final[Mapping[Path, str]] = {("prometheus", "prometheusSpec", "storageSpec"): "storage"}


@dataclass(frozen=True)
class _Level:
    """A chart, and where its values are among those of the release."""

    chart: Chart
    prefix: Path
    crds: Mapping[str, dict[str, Any]]


def unknown_keys(values: Mapping[str, Any], chart: Chart) -> list[str]:
    """Return the keys that no default has, no CRD describes and no template reads, as dotted paths."""
    level = _Level(chart, (), chart.all_crds())
    return [".".join(path) for path in _unknown(values, chart.values, (), level)]


def _unknown(values: Mapping[str, Any], defaults: Mapping[str, Any], path: Path, level: _Level) -> Iterator[Path]:
    for key, value in values.items():
        here = (*path, key)
        if not path and key in level.chart.subcharts:
            subchart = level.chart.subcharts[key]
            below = _Level(subchart, (*level.prefix, key), level.crds)
            # What the parent's values.yaml says of a subchart counts as much as the subchart's own.
            known = _joined(subchart.values, defaults.get(key) or {})
            yield from _unknown(value, known, (), below)
        elif not path and key == "global":
            yield from _unknown(value, _global_defaults(level.chart), here, level)
        elif here in FREE_FORM.get(level.chart.name, ()):
            continue
        elif key in defaults:
            yield from _unknown_below(value, defaults[key], here, level)
        elif not _is_read(here, level.chart):
            yield from _unknown_to_resource(value, here, level)


def _unknown_below(value: JsonValue, default: JsonValue, path: Path, level: _Level) -> Iterator[Path]:
    if path[-1] in KUBERNETES_FIELDS:
        return
    if isinstance(value, dict) and isinstance(default, dict) and default:
        yield from _unknown(value, default, path, level)
    elif isinstance(value, dict | list) and not default and _schema(path, level) is not None:
        yield from _unknown_to_resource(value, path, level)


def _unknown_to_resource(value: JsonValue, path: Path, level: _Level) -> Iterator[Path]:
    """Yield what the schema of the custom resource does not have; without a schema, the path itself."""
    schema = _schema(path, level)
    if schema is None:
        yield (*level.prefix, *path)
    else:
        yield from _unknown_to_schema(value, schema, path, level)


def _unknown_to_schema(value: Any, schema: dict[str, Any], path: Path, level: _Level) -> Iterator[Path]:  # noqa: ANN401 (any value)
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _unknown_to_schema(item, schema.get("items", {}), (*path, str(position)), level)
    elif isinstance(value, dict) and "properties" in schema:
        for key, item in value.items():
            here = (*path, key)
            if key in schema["properties"]:
                yield from _unknown_to_schema(item, schema["properties"][key], here, level)
            elif not _is_read(here, level.chart):
                yield (*level.prefix, *here)


def _schema(path: Path, level: _Level) -> dict[str, Any] | None:
    """Return the schema that a custom resource has for a value, if it is put into one."""
    for prefix, crd_name in RESOURCES.items():
        if path[: len(prefix)] != prefix or len(path) == len(prefix) or crd_name not in level.crds:
            continue
        field = path[: len(prefix) + 1]
        schema = spec_schema(level.crds[crd_name])
        for key in (OTHER_FIELDS.get(field, field[-1]), *path[len(field) :]):
            schema = schema.get("properties", {}).get(key)
            if schema is None:
                return None
        return schema
    return None


def spec_schema(crd: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a custom resource's spec, of the version that is stored."""
    (version,) = (version for version in crd["spec"]["versions"] if version["storage"])
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema


def _is_read(path: Path, chart: Chart) -> bool:
    """Return whether a template reads the value by its whole path."""
    dotted = r"\.".join(re.escape(key) for key in path)
    return re.search(rf"\.Values\.{dotted}\b", chart.templates) is not None


def _global_defaults(chart: Chart) -> dict[str, Any]:
    defaults = dict(chart.values.get("global") or {})
    for subchart in chart.subcharts.values():
        defaults = _joined(defaults, subchart.values.get("global") or {})
    return defaults


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(one)
    for key, value in other.items():
        below = joined.get(key)
        joined[key] = _joined(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return joined
