"""Checks the user's objects that are part of the release: a monitor without the label is not selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from config.core.files.literal_secrets import PLAIN_TEXT, literal_secrets
from config.core.problems import shown
from config.core.settings import Problem
from config.monitoring.prometheus.rule_files import problems_of_rules
from config.monitoring.prometheus.scrape_configs import problems_of_regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pydantic import JsonValue

    from config.core.problems import Location

SELECTED_KINDS: Final = (
    "AlertmanagerConfig", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "ServiceMonitor",
)  # fmt: skip
_OPERATOR: Final = "monitoring.coreos.com/"


def problems_of_manifests(
    manifests: Sequence[Any], label: tuple[str, str], namespaces: Collection[str]
) -> Iterator[Problem]:
    """Yield what Kubernetes, the operator or nobody would take; the first namespace is the release's."""
    for position, manifest in enumerate(manifests):
        for location in literal_secrets(manifest):
            yield Problem((position, *location), PLAIN_TEXT)
        is_selected = manifest.get("kind") in SELECTED_KINDS and isinstance(manifest.get("metadata"), dict)
        if is_selected and str(manifest.get("apiVersion", "")).startswith(_OPERATOR):
            yield from _problems_of_selected(manifest, (position,), label, namespaces)


def _problems_of_selected(
    manifest: dict[str, Any], location: Location, label: tuple[str, str], namespaces: Collection[str]
) -> Iterator[Problem]:
    key, value = label
    labels = manifest["metadata"].get("labels")
    if not isinstance(labels, dict) or labels.get(key) != value:
        message = f"lacks the label {key}: {value}, by which a {manifest['kind']} is selected"
        yield Problem((*location, "metadata"), message)
    namespace = manifest["metadata"].get("namespace")
    if namespace is not None and namespace not in namespaces:
        message = f"{shown(namespace)} is not looked into; add it to monitored_namespaces, or leave it out"
        yield Problem((*location, "metadata", "namespace"), message)
    spec = manifest.get("spec")
    if manifest["kind"] == "PrometheusRule" and isinstance(spec, dict):
        for where, message in problems_of_rules({"groups": spec.get("groups")}):
            yield Problem((*location, "spec", *where), message)
    for where, regex in _regular_expressions(spec, ()):
        yield from problems_of_regex(regex, (*location, "spec", *where))


def _regular_expressions(value: JsonValue, location: Location) -> Iterator[tuple[Location, Any]]:
    """Yield the regular expressions of relabelings, wherever they are."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _regular_expressions(item, (*location, position))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "regex" and isinstance(item, str):
                yield (*location, key), item
            else:
                yield from _regular_expressions(item, (*location, key))
