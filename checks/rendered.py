"""Reports what is wrong with the objects that charts render: what Helm and the operator accept silently."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own

from checks.known_keys import spec_schema
from checks.prometheus_config import prometheus_of
from checks.real_programs import complaints_about_alertmanager, complaints_about_prometheus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pydantic import JsonValue

Object = dict[str, Any]

# How Prometheus calls its selector of each kind.
SELECTORS: Final = {
    "ServiceMonitor": "serviceMonitorSelector",
    "PodMonitor": "podMonitorSelector",
    "Probe": "probeSelector",
    "PrometheusRule": "ruleSelector",
    "ScrapeConfig": "scrapeConfigSelector",
}
# What the operator runs pods for.
SELECTING: Final = ("Prometheus", "PrometheusAgent", "ThanosRuler")
PODS_OF_THE_OPERATOR: Final = (*SELECTING, "Alertmanager")
CUSTOM_RESOURCES: Final = (*SELECTORS, *PODS_OF_THE_OPERATOR)
ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
# Components of the control plane, by the job that the rules of the chart name.
CONTROL_PLANE_JOBS: Final = ("kube-controller-manager", "kube-etcd", "kube-proxy", "kube-scheduler")


@dataclass(frozen=True)
class Rendered:
    """The objects of all releases of an environment, and what they are meant to be."""

    objects: Sequence[Object]
    values: Mapping[str, Any]
    crds: Mapping[str, Object]
    storage_class_name: str | None
    image_registry: str | None
    pull_secrets: Sequence[str]

    def of_kind(self, *kinds: str) -> Iterator[Object]:
        """Yield the objects of some kinds."""
        return (one for one in self.objects if one["kind"] in kinds)


def problems(rendered: Rendered) -> list[str]:
    """Return what is wrong, a sentence each."""
    checks: tuple[Callable[[Rendered], Iterator[str]], ...] = (
        _unselected, _identities, _volumes, _images, _pull_secrets, _hidden_components, _schema_violations,
        _alertmanager_configurations, _prometheus_configurations,
    )  # fmt: skip
    return [problem for check in checks for problem in check(rendered)]


def _named(one: Object) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


def _unselected(rendered: Rendered) -> Iterator[str]:
    """Yield monitors and rules that no Prometheus selects."""
    instances = list(rendered.of_kind(*SELECTING))
    for one in rendered.of_kind(*SELECTORS):
        labels = one["metadata"].get("labels") or {}
        selectors = [instance["spec"].get(SELECTORS[one["kind"]]) for instance in instances]
        if not any(selector is not None and _selects(selector, labels) for selector in selectors):
            yield f"{_named(one)} is selected by no Prometheus; its labels are {labels}"


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items())


def _identities(rendered: Rendered) -> Iterator[str]:
    """Yield service accounts that do not carry the role that the values give them, or that nothing runs as."""
    accounts = {one["metadata"]["name"]: one for one in rendered.of_kind("ServiceAccount")}
    users = {_pod_spec(one).get("serviceAccountName") for one in rendered.objects if _pod_spec(one)}
    for name, role in _roles(rendered.values):
        annotations = (accounts.get(name, {}).get("metadata", {}) or {}).get("annotations") or {}
        if annotations.get(ROLE_ANNOTATION) != role:
            yield f"ServiceAccount {name} does not carry {ROLE_ANNOTATION}: {role}"
        if name not in users:
            yield f"ServiceAccount {name} has a role, and no pod runs as it"


def _roles(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if not isinstance(value, dict):
            continue
        role = (value.get("annotations") or {}).get(ROLE_ANNOTATION) if key == "serviceAccount" else None
        if role is not None:
            yield value["name"], role
        yield from _roles(value)


def _volumes(rendered: Rendered) -> Iterator[str]:
    """Yield volumes that are missing, or of another class."""
    claims = {_named(one): one["spec"] for one in rendered.of_kind("PersistentVolumeClaim")}
    for one in rendered.of_kind("StatefulSet"):
        claims |= {
            f"{_named(one)}, {template['metadata']['name']}": template["spec"]
            for template in one["spec"].get("volumeClaimTemplates") or ()
        }
    for one in rendered.of_kind(*PODS_OF_THE_OPERATOR):
        template = (one["spec"].get("storage") or {}).get("volumeClaimTemplate")
        if template is None:
            yield f"{_named(one)} keeps its data in the pod"
        else:
            claims[_named(one)] = template["spec"]
    for name, spec in claims.items():
        if spec.get("storageClassName") != rendered.storage_class_name:
            yield f"{name}: volume of class {spec.get('storageClassName')}, not {rendered.storage_class_name}"


def _images(rendered: Rendered) -> Iterator[str]:
    """Yield images from elsewhere than the mirror, and images without a fixed version."""
    for one in rendered.objects:
        for image in _images_of(one):
            if rendered.image_registry is not None and not image.startswith(f"{rendered.image_registry}/"):
                yield f"{_named(one)}: {image} is not from {rendered.image_registry}"
            if image.endswith(":latest") or ":" not in image.rpartition("/")[2]:
                yield f"{_named(one)}: {image} has no fixed version"


def _images_of(value: JsonValue) -> Iterator[str]:
    """Yield the images of pods, and those in arguments, as in --thanos-default-base-image=…."""
    if isinstance(value, list):
        for item in value:
            yield from _images_of(item)
    if not isinstance(value, dict) or value.get("kind") == "CustomResourceDefinition":
        return
    for key, item in value.items():
        if key == "image" and isinstance(item, str):
            yield item
        elif key == "args" and isinstance(item, list):
            yield from (text.partition("=")[2] for text in map(str, item) if re.match(r"--[\w-]*image[\w-]*=", text))
        else:
            yield from _images_of(item)


def _pod_spec(one: Object) -> dict[str, Any]:
    """Return the spec of an object's pods; the operator's resources have one of nearly the same form."""
    spec = one.get("spec") or {}
    if one["kind"] in ("Deployment", "DaemonSet", "StatefulSet", "Job"):
        return dict(spec["template"]["spec"])
    return dict(spec) if one["kind"] in ("Pod", *PODS_OF_THE_OPERATOR) else {}


def _pull_secrets(rendered: Rendered) -> Iterator[str]:
    """Yield pods that have a pull secret neither of their own nor from their service account."""
    accounts = {one["metadata"]["name"]: one for one in rendered.of_kind("ServiceAccount")}
    for one in rendered.objects:
        pod = _pod_spec(one)
        if not pod:
            continue
        account = accounts.get(pod.get("serviceAccountName", ""), {})
        given = {entry["name"] for owner in (pod, account) for entry in owner.get("imagePullSecrets") or ()}
        for name in rendered.pull_secrets:
            if name not in given:
                yield f"{_named(one)} lacks the pull secret {name}"


def _hidden_components(rendered: Rendered) -> Iterator[str]:
    """Yield alerts about components of the control plane that nothing scrapes."""
    scraped = set(_scraped_jobs(rendered))
    for rule_object in rendered.of_kind("PrometheusRule"):
        for group in rule_object["spec"]["groups"]:
            for rule in group["rules"]:
                for job in CONTROL_PLANE_JOBS:
                    if "alert" in rule and job not in scraped and f'job="{job}"' in str(rule["expr"]):
                        yield f"{_named(rule_object)}: {rule['alert']} is about {job}, which nothing scrapes"


def _scraped_jobs(rendered: Rendered) -> Iterator[str]:
    for monitor in rendered.of_kind("ServiceMonitor"):
        yield from _jobs_of_monitor(monitor, rendered)
    for secret in rendered.of_kind("Secret"):
        for key, value in (secret.get("data") or {}).items():
            if key == "additional-scrape-configs.yaml":
                yield from (entry["job_name"] for entry in yaml.safe_load(b64decode(value)))


def _jobs_of_monitor(monitor: Object, rendered: Rendered) -> Iterator[str]:
    label = monitor["spec"].get("jobLabel")
    for service in rendered.of_kind("Service"):
        labels = service["metadata"].get("labels") or {}
        if _selects(monitor["spec"]["selector"], labels):
            yield labels.get(label, service["metadata"]["name"])


def _schema_violations(rendered: Rendered) -> Iterator[str]:
    """Yield what the API server would refuse of a custom resource, or drop because no field is called so."""
    validators: dict[str, Draft202012Validator] = {}
    for crd in rendered.crds.values():
        kind = crd["spec"]["names"]["kind"]
        if kind in CUSTOM_RESOURCES:
            validators[kind] = Draft202012Validator(_strict(spec_schema(crd)))
    for one in rendered.of_kind(*CUSTOM_RESOURCES):
        if one["kind"] not in validators:
            yield f"{_named(one)}: there is no CRD of this kind"
            continue
        for error in validators[one["kind"]].iter_errors(one["spec"]):
            yield f"{_named(one)}: {error.json_path.removeprefix('$.')}: {error.message[:200]}"


def _strict(schema: JsonValue) -> JsonValue:
    """Return a schema that refuses fields that it does not name, which the API server drops silently."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(item) for key, item in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not is_open:
        strict["additionalProperties"] = False
    return strict


def _alertmanager_configurations(rendered: Rendered) -> Iterator[str]:
    for secret in rendered.of_kind("Secret"):
        files = {key: b64decode(value).decode("utf-8") for key, value in (secret.get("data") or {}).items()}
        if "alertmanager.yaml" in files:
            yield from (f"{_named(secret)}: {message}" for message in complaints_about_alertmanager(files))


def _prometheus_configurations(rendered: Rendered) -> Iterator[str]:
    for one in rendered.of_kind("Prometheus", "PrometheusAgent"):
        made = prometheus_of(one["spec"], rendered.objects, is_agent=one["kind"] == "PrometheusAgent")
        yield from (f"{_named(one)}: {message}" for message in complaints_about_prometheus(made))
