"""How a cluster is taken to another Kubernetes version: the steps, and what blocks it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from config.core.errors import UsageError
from operations.kubernetes import upgrade as upgrades

if TYPE_CHECKING:
    from tests.conftest import Vary

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "app"},
    "spec": {
        "selector": {"matchLabels": {"app": "app"}},
        "template": {"metadata": {"labels": {"app": "app"}}, "spec": {"containers": [{"name": "app", "image": "a"}]}},
    },
}
GONE = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "old"}, "spec": {}}
CUSTOM = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "app"}, "spec": {}}


def test_each_minor_version_has_its_round_in_the_order_of_eks(vary: Vary) -> None:
    environment = vary({"cluster.version": "1.34"})
    found = list(upgrades.steps(environment, ["1.35", "1.36"]))
    commands = [step.split(":")[0] for step in found if step.startswith("./eks deploy")]
    assert commands == [f"./eks deploy dev-{stack}" for stack in ("cluster", "csi-addon", "cluster-addons")] * 2
    deploy = next(step for step in found if step.startswith("./eks deploy dev-cluster:"))
    order = [deploy.index(part) for part in ("control plane", "vpc-cni", "the nodes of general", "coredns")]
    assert order == sorted(order)
    assert "the cluster autoscaler v1.36.1" in found[-3]


@pytest.mark.parametrize(
    ("settings", "to", "message"),
    [
        ({}, "1.34", "EKS never takes a version back, from 1.35 to 1.34"),
        ({}, "1.35", "dev has version 1.35 already"),
        ({}, "1.99", "1.99 is not a version that EKS supports"),
        (
            {"network": None, "cluster": {"existing": {"eks": "other"}}, "cluster_addons": {}},
            "1.36",
            "managed elsewhere",
        ),
    ],
)
def test_fails(settings: dict[str, Any], to: str, message: str, vary: Vary) -> None:
    with pytest.raises(UsageError, match=message):
        upgrades.upgrade(vary(settings), to)


def test_pinned_add_ons_are_named(vary: Vary) -> None:
    assert list(upgrades.pinned_addons(vary({}))) == []
    (found,) = upgrades.pinned_addons(vary({"cluster.addons.vpc_cni.version": "v1.20.4-eksbuild.2"}))
    assert found.startswith("vpc-cni is pinned to v1.20.4-eksbuild.2")


def test_objects_that_a_version_no_longer_takes_are_named() -> None:
    assert list(upgrades.removed_apis([DEPLOYMENT, CUSTOM], ["1.34"])) == []
    (found,) = upgrades.removed_apis([GONE], ["1.34"])
    assert found.startswith("PodSecurityPolicy old: ")
    wrong = {**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], "replica": 2}}
    (found,) = upgrades.removed_apis([wrong], ["1.34"])
    assert "replica" in found


def test_a_version_without_schemas_is_said() -> None:
    (found,) = upgrades.removed_apis([DEPLOYMENT], ["1.99"])
    assert found == "the schemas of 1.99 are not in this release of kubernetes-validate: APIs were not checked"


def test_objects_are_read_from_the_values_of_releases() -> None:
    releases = [{"values": ['{"objects": {"a": {"kind": "Job"}}}']}, {"values": ["{}"]}, {}]
    assert list(upgrades.objects_of(releases)) == [{"kind": "Job"}]


def test_without_the_schemas_it_says_that_apis_were_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes_validate", None)
    (found,) = upgrades.removed_apis([GONE], ["1.34"])
    assert found.startswith("APIs were not checked: kubernetes-validate is missing")
