"""The environments of tests/data give every setting, so that what holds in them holds for every setting."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from config.cluster.cluster import ClusterSettings
from config.environment import Environment
from config.monitoring.kube_prom_stack import KubePromStackSettings
from config.workloads.workload_files import read_workloads
from config.workloads.workloads import Workload
from tests.environments import FILES, Setting, every_setting, given_settings, read_environment

if TYPE_CHECKING:
    from tests.synthesis import Synthesized

# What no environment here may give, by the reason.
LEFT_OUT: dict[Setting, str] = {
    (ClusterSettings, "endpoint_public_access_from_anywhere"): "opens the API to the world, as invariants refuse",
    (KubePromStackSettings, "release_values_file"): "takes the place of every other setting of the release",
    (KubePromStackSettings, "release_secrets"): "goes with release_values_file",
}


def given() -> set[Setting]:
    """Return what the environments and their workloads give."""
    environments = [read_environment(file) for file in FILES]
    workloads = [workload for environment in environments for workload in read_workloads(environment).values()]
    return {setting for model in (*environments, *workloads) for setting in given_settings(model)}


def test_every_setting_is_given() -> None:
    missing = every_setting(Environment, Workload) - given() - LEFT_OUT.keys()
    assert sorted(f"{model.__name__}.{name}" for model, name in missing) == [], "add them to tests/data/everything.yaml"


@pytest.mark.parametrize("setting", LEFT_OUT, ids=lambda setting: f"{setting[0].__name__}.{setting[1]}")
def test_what_is_left_out_is_a_setting(setting: Setting) -> None:
    assert setting in every_setting(Environment)
    assert setting not in given()


def test_no_two_stacks_of_an_environment_make_one_object(everything: Synthesized) -> None:
    """Two owners would change it in turns; a destroy of one takes it from the other."""
    owners = Counter(
        (name.partition("-")[0], type_, body["metadata"].get("namespace"), body["metadata"]["name"])
        for name, stack in everything.stacks.items()
        for type_, _, body in stack.all_resources()
        if type_.startswith("kubernetes_") and "metadata" in body
    )
    assert owners
    assert [found for found, count in owners.items() if count > 1] == []
