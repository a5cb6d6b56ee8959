"""What is wrong with rendered objects is reported, one problem each."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from checks.rendered import Rendered, problems
from tests.checks.small_chart import CRDS, ROLE, claim, sound_objects
from tests.programs import need

if TYPE_CHECKING:
    from collections.abc import Callable

Objects = dict[str, dict[str, Any]]
ROUTE = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


def told(objects: list[dict[str, Any]]) -> list[str]:
    return problems(
        Rendered(
            objects=objects,
            values={
                "prometheus": {"serviceAccount": {"name": "p", "annotations": {"eks.amazonaws.com/role-arn": ROLE}}}
            },
            crds={crd["metadata"]["name"]: crd for crd in CRDS},
            storage_class_name="gp3",
            image_registry="mirror.example.com",
            pull_secrets=["login"],
        )
    )


def test_nothing_is_told_of_what_is_sound() -> None:
    assert told(sound_objects()) == []


def _set(kind: str, path: str, value: Any) -> Callable[[Objects], None]:
    def change(objects: Objects) -> None:
        *parents, last = path.split(".")
        target: Any = objects[kind]
        for parent in parents:
            target = target[int(parent)] if parent.isdigit() else target[parent]
        target[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_set("ServiceMonitor", "metadata.labels", {}), "ServiceMonitor m is selected by no Prometheus; its"),
        (
            _set("PrometheusRule", "metadata.labels", {"prometheus": "x"}),
            "PrometheusRule r is selected by no Prometheus; ",
        ),
        (
            _set("ServiceAccount", "metadata.annotations", {}),
            "ServiceAccount p does not carry eks.amazonaws.com/role-arn",
        ),
        (_set("Prometheus", "spec.serviceAccountName", "q"), "ServiceAccount p has a role, and no pod runs as it"),
        (_set("Prometheus", "spec.storage", {}), "Prometheus p keeps its data in the pod"),
        (_set("Prometheus", "spec.storage", claim("gp2")), "Prometheus p: volume of class gp2, not gp3"),
        (_set("PersistentVolumeClaim", "spec", {}), "PersistentVolumeClaim g: volume of class None, not gp3"),
        (_set("Prometheus", "spec.image", "quay.io/p:v3"), "Prometheus p: quay.io/p:v3 is not from mirror.example.com"),
        (
            _set("Prometheus", "spec.image", "mirror.example.com/p:latest"),
            "Prometheus p: mirror.example.com/p:latest has no",
        ),
        (
            _set("Prometheus", "spec.image", "mirror.example.com/p"),
            "Prometheus p: mirror.example.com/p has no fixed version",
        ),
        (
            _set(
                "Deployment", "spec.template.spec.containers.0.args", ["--thanos-default-base-image=quay.io/thanos:v1"]
            ),
            "Deployment operator: quay.io/thanos:v1 is not from mirror.example.com",
        ),
        (
            _set("Deployment", "spec.template.spec.imagePullSecrets", []),
            "Deployment operator lacks the pull secret login",
        ),
        (_set("Prometheus", "spec.imagePullSecrets", []), "Prometheus p lacks the pull secret login"),
        (_set("Secret", "data", {}), "PrometheusRule r: SchedulerDown is about kube-scheduler, which nothing scrapes"),
        (_set("Prometheus", "spec.retention", "5h"), "Prometheus p: retention: '5h' does not match"),
        (_set("Prometheus", "spec.retentoin", "5d"), "Prometheus p: $: Additional properties are not allowed"),
    ],
)
def test_problem_is_told(change: Callable[[Objects], None], problem: str) -> None:
    objects = sound_objects()
    change({one["kind"]: one for one in objects})
    (message,) = told(objects)
    assert message.startswith(problem)


def test_a_pull_secret_of_the_service_account_is_enough() -> None:
    objects = {one["kind"]: one for one in sound_objects()}
    objects["Prometheus"]["spec"]["imagePullSecrets"] = []
    objects["ServiceAccount"]["imagePullSecrets"] = [{"name": "login"}]
    assert told(list(objects.values())) == []


def test_a_component_that_a_monitor_scrapes_is_not_hidden() -> None:
    objects = {one["kind"]: one for one in sound_objects()}
    objects["Secret"]["data"] = {}
    objects["Service"]["metadata"]["labels"]["job"] = "kube-scheduler"
    assert told(list(objects.values())) == []


def alertmanager_secret(config: dict[str, Any], **templates: str) -> dict[str, Any]:
    files = {"alertmanager.yaml": json.dumps(config), **templates}
    data = {name.replace("_", "."): b64encode(text.encode()).decode() for name, text in files.items()}
    return {"kind": "Secret", "metadata": {"name": "alertmanager"}, "data": data}


def test_alertmanager_configuration_is_checked() -> None:
    need("amtool")
    templates = ["/etc/alertmanager/config/*.tmpl"]
    sound = alertmanager_secret({**ROUTE, "templates": templates}, slack_tmpl='{{ define "a" }}b{{ end }}')
    assert told([*sound_objects(), sound]) == []
    (message,) = told([*sound_objects(), alertmanager_secret({**ROUTE, "route": {"receiver": "somebody"}})])
    assert message.startswith("Secret alertmanager: ")
    assert "somebody" in message
