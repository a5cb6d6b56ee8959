"""Aggregated APIs that do not answer are named; a destroy that ran out of time deletes those of the add-ons."""

from __future__ import annotations

import json
import subprocess
from contextlib import nullcontext
from typing import Any

import pytest

from operations.kubernetes import unavailable_apis
from operations.kubernetes.open_service import Kubectl, OpenServiceError
from operations.kubernetes.unavailable_apis import UnavailableApi, clear, clear_after
from operations.terraform.events import Diagnostic


def api(name: str, *, release: str | None = None, status: str = "False", is_local: bool = False) -> dict[str, Any]:
    """Return an APIService as kubectl shows it."""
    condition = {"type": "Available", "status": status, "reason": "FailedDiscoveryCheck", "message": "no\nanswer"}
    annotations = {} if release is None else {"meta.helm.sh/release-name": release}
    return {
        "metadata": {"name": name, "annotations": annotations},
        "spec": {} if is_local else {"service": {"name": "x", "namespace": "y"}},
        "status": {"conditions": [condition]},
    }


class Cluster(Kubectl):
    """A kubectl that lists some APIs, and remembers what it deletes."""

    def __init__(self, *apis: dict[str, Any], refuses: bool = False, is_reached: bool = True) -> None:
        super().__init__(())
        self.__dict__.update(apis=apis, refuses=refuses, is_reached=is_reached, deleted=[])

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        if arguments[0] == "delete":
            self.__dict__["deleted"].append(arguments[2])
            return subprocess.CompletedProcess(arguments, 1 if self.__dict__["refuses"] else 0, "", "")
        if not self.__dict__["is_reached"]:
            return subprocess.CompletedProcess(arguments, 1, "", "Unable to connect\nto the server")
        return subprocess.CompletedProcess(arguments, 0, json.dumps({"items": self.__dict__["apis"]}), "")


APIS = (
    api("v1.apps", status="True", is_local=True),
    api("v1beta1.metrics.k8s.io", release="metrics-server", status="True"),
    api("v1beta1.custom.metrics.k8s.io", release="prometheus-adapter"),
    api("v1alpha1.example.com"),
)


def test_those_that_do_not_answer() -> None:
    assert list(unavailable_apis.unavailable_apis(Cluster(*APIS))) == [
        UnavailableApi("v1beta1.custom.metrics.k8s.io", "prometheus-adapter", "no answer"),
        UnavailableApi("v1alpha1.example.com", None, "no answer"),
    ]
    with pytest.raises(OpenServiceError, match="the cluster cannot be asked: Unable to connect to the server"):
        list(unavailable_apis.unavailable_apis(Cluster(is_reached=False)))


def test_those_of_the_add_ons_are_deleted_and_others_named() -> None:
    cluster = Cluster(*APIS)
    deleted, left = clear(cluster)
    assert cluster.__dict__["deleted"] == ["v1beta1.custom.metrics.k8s.io"]
    assert deleted.startswith("deleted the API v1beta1.custom.metrics.k8s.io of release prometheus-adapter, which did")
    assert left.endswith("(no answer): kubectl delete apiservice v1alpha1.example.com")
    (refused, _) = clear(Cluster(*APIS, refuses=True))
    assert "could not be deleted: kubectl delete apiservice v1beta1.custom.metrics.k8s.io" in refused


@pytest.mark.parametrize(
    ("severity", "summary", "is_looked_for"),
    [
        ("error", "context deadline exceeded", True),
        ("error", "Error deleting namespace: timed out waiting for the condition", True),
        ("warning", "context deadline exceeded", False),
        ("error", "AccessDenied", False),
    ],
)
def test_only_where_a_destroy_ran_out_of_time(
    severity: Any, summary: str, *, is_looked_for: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, said = Cluster(*APIS), list[str]()
    monkeypatch.setattr(unavailable_apis, "environment_named", lambda name: name)
    monkeypatch.setattr(unavailable_apis, "kubectl_for", lambda _: nullcontext(cluster))
    clear_after("dev", [Diagnostic(severity, summary)], said.append)
    assert bool(cluster.__dict__["deleted"]) is is_looked_for
    assert len(said) == (2 if is_looked_for else 0)
    monkeypatch.setattr(unavailable_apis, "kubectl_for", lambda _: nullcontext(Cluster(is_reached=False)))
    clear_after("dev", [Diagnostic("error", "context deadline exceeded")], said.append)
    assert said[-1].startswith("dev: not looked for aggregated APIs that keep namespaces: the cluster cannot be asked")
