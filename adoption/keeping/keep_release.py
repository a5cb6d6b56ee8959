"""The settings and the file that keep the monitoring release and its bucket as they are."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from adoption.comparing.stack_resources import at
from adoption.keeping.keep import only
from adoption.keeping.secrets import secrets_in
from adoption.reading.objects import first
from config import versions
from config.core.problems import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adoption.keeping.keep import Existing
    from adoption.reading.state_model import StateObject
    from config.core.problems import Location

RELEASE_FILE: Final = "adopted/{environment}.yaml"
MASKED: Final = "(sensitive value)"


def keep_release(existing: Existing) -> None:
    """Keep the release of the chart as it runs, with all its values, and the bucket of Thanos."""
    chart = versions.KUBE_PROMETHEUS_STACK.name
    releases = [
        one for one in existing.all("helm_release") if str(one.attributes.get("chart")).rpartition("/")[2] == chart
    ]
    if len(releases) > 1 and existing.pin("kube-prom-stack", "kube-prometheus-stack/this") is None:
        existing.say(f"{len(releases)} releases of {chart}: {', '.join(map(str, releases))}")
    pinned = existing.pin("kube-prom-stack", "kube-prometheus-stack/this")
    if pinned is not None:
        releases = [one for one in releases if f"{one.attributes['namespace']}/{one.attributes['name']}" == pinned]
    release = only(releases)
    values = None if release is None else _values_of(release)
    if release is not None and values is None:
        existing.say(f"the state hides values of {release}; write all of them to a file for release_values_file")
    if release is not None:
        _keep_chart(existing, release)
        _keep_values(existing, values)
    _keep_bucket(existing)


def divided(values: dict[str, Any], secrets: Iterable[Location]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values without secrets, and the secrets alone, so that Helm merges both to what they were.

    Helm merges mappings and replaces lists: of a list with a secret all of it is among the secrets.
    """
    clear, hidden = json.loads(json.dumps(values)), dict[str, Any]()
    for location in secrets:
        keys = [str(part) for part in takewhile(lambda part: isinstance(part, str), location)]
        clear_section, hidden_section = clear, hidden
        for key in keys[:-1]:
            clear_section, hidden_section = clear_section[key], hidden_section.setdefault(key, {})
        if keys[-1] in clear_section:
            hidden_section[keys[-1]] = clear_section.pop(keys[-1])
    return clear, hidden


def _keep_chart(existing: Existing, release: StateObject) -> None:
    attributes = release.attributes
    comment = "Where the release is; moving it replaces it."
    existing.keep("kube_prom_stack.namespace", attributes["namespace"], comment)
    comment = "As the release is called; renaming it replaces it."
    existing.keep("kube_prom_stack.release_name", attributes["name"], comment)
    version = first(attributes.get("metadata")).get("version") or attributes["version"]
    better = f"Better: {versions.KUBE_PROMETHEUS_STACK.version}. Later: with the values, by the chart's upgrade notes."
    existing.keep("kube_prom_stack.chart_version", version, f"As it runs. {better}")
    if attributes.get("repository"):
        existing.keep("kube_prom_stack.chart_repository", attributes["repository"], "Where the chart came from.")


def _keep_values(existing: Existing, values: dict[str, Any] | None) -> None:
    if values is None:
        return
    environment = existing.environment
    found = [one for one in secrets_in(values) if shown_path(one) not in existing.not_secret]
    existing.kept.release_values, existing.kept.secret_values = divided(values, found)
    existing.kept.secrets = tuple(shown_path(one) for one in found)
    if found:
        existing.keep(
            "kube_prom_stack.release_secrets",
            environment.kube_prom_stack.release_secrets or f"{environment.cluster_name}/kube-prometheus-stack",
            "Values that look like secrets. Better: secrets of the namespace, which settings of the chart "
            "name; then remove this line.",
        )
    existing.keep(
        "kube_prom_stack.release_values_file",
        RELEASE_FILE.format(environment=environment.name),
        "All values of the release as it runs. Better: none, so that the settings here count. Later: move what is of "
        "use into settings and an overlay, then remove this line with the chart's upgrade.",
    )
    annotations = at(values, "prometheus.serviceAccount.annotations")
    arn = str((annotations if isinstance(annotations, dict) else {}).get("eks.amazonaws.com/role-arn") or "")
    makes_role = environment.kube_prom_stack.thanos.enabled or environment.kube_prom_stack.managed_prometheus.enabled
    if makes_role and arn in {one.attributes.get("arn") for one in existing.all("aws_iam_role")}:
        comment = "The role that the running Prometheus assumes. Better: none, once the values come from settings."
        usual = f"{environment.cluster_name}-prometheus"
        existing.keep_name("kube_prom_stack.prometheus.role_name", arn, usual, comment)


def _keep_bucket(existing: Existing) -> None:
    if not existing.environment.kube_prom_stack.thanos.enabled:
        return
    buckets = [one for one in existing.all("aws_s3_bucket") if "thanos" in str(one.attributes["bucket"])]
    pinned = existing.pin("kube-prom-stack", "thanos-bucket/this")
    if pinned is not None:
        buckets = [one for one in existing.all("aws_s3_bucket") if one.attributes["bucket"] == pinned]
    if len(buckets) > 1 and existing.environment.kube_prom_stack.thanos.bucket_name is None:
        names = ", ".join(one.attributes["bucket"] for one in buckets)
        existing.say(f"{len(buckets)} buckets may be that of Thanos ({names}); set kube_prom_stack.thanos.bucket_name")
    bucket = only(buckets)
    if bucket is None:
        return
    existing.keep(
        "kube_prom_stack.thanos.bucket_name", bucket.attributes["bucket"], "The bucket that holds the blocks."
    )
    existing.keep(
        "kube_prom_stack.thanos.read_path",
        value=False,
        comment="Better: true. Later: look at thanos.compactor.retention first; the compactor deletes older blocks.",
    )


def _values_of(release: StateObject) -> dict[str, Any] | None:
    """Return the values that the user gave to a release, None where the state hides some of them."""
    text = first(release.attributes.get("metadata")).get("values")
    if not isinstance(text, str) or MASKED in text or release.attributes.get("set_sensitive"):
        return None
    try:
        values = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None
