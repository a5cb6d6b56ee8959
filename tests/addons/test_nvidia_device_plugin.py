"""NVIDIA's device plugin: which nodes it runs on, and that there are some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Synthesized

GPU = {"ami_type": "AL2023_x86_64_NVIDIA", "instance_types": ["g6.xlarge"], "labels": {"team": "ml"}}
PLUGIN = {"nvidia_device_plugin": {"enabled": True}}


def labels(vary: Vary, synthesize_one: SynthesizeOne, ami_type: str, **addons: object) -> dict[str, str]:
    """Return the labels of a node group with GPUs."""
    groups = {"gpu": {**GPU, "ami_type": ami_type}, "other": GPU}
    stack = synthesize_one(vary({"cluster.node_groups": {"general": {}, **groups}, "cluster_addons": addons}))
    found = stack["dev-cluster"].resources("aws_eks_node_group")
    (group,) = (body for id_, body in found.items() if id_.startswith("node-group-gpu"))
    given: dict[str, str] = group["labels"]
    return given


def test_nodes_of_such_an_image_have_the_label(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert labels(vary, synthesize_one, "AL2023_x86_64_NVIDIA", **PLUGIN) == {
        "team": "ml",
        "nvidia.com/gpu.present": "true",
    }


@pytest.mark.parametrize("ami_type", ["BOTTLEROCKET_x86_64_NVIDIA", "AL2023_x86_64_STANDARD"])
def test_nodes_that_do_not_need_it_have_not(ami_type: str, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert labels(vary, synthesize_one, ami_type, **PLUGIN) == {"team": "ml"}


def test_without_the_add_on_labels_are_those_of_the_settings(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    assert labels(vary, synthesize_one, "AL2023_x86_64_NVIDIA") == {"team": "ml"}


def test_values(defaults: Synthesized, everything: Synthesized) -> None:
    taint = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    values = defaults["scaled-cluster-addons"].values("nvidia-device-plugin")
    assert (values["image"], values["tolerations"], values["migStrategy"]) == ({}, [taint], "none")
    varied = everything["another-cluster-addons"].values("nvidia-device-plugin")
    assert varied["image"] == {"repository": "registry.example.com/mirror/nvidia/k8s-device-plugin"}
    assert varied["tolerations"] == [taint, {"key": "team", "operator": "Exists", "effect": "NoSchedule"}]


def test_without_a_node_for_it_it_is_refused(project: Project) -> None:
    project.refuses(
        "cluster_addons.nvidia_device_plugin.enabled: has no node to run on: no node group has an ami_type of AL2023 "
        "with NVIDIA; Bottlerocket brings its own",
        cluster_addons="nvidia_device_plugin:\n  enabled: true # <-",
    )


def test_windows_is_refused_with_the_reason(project: Project) -> None:
    project.refuses(
        "cluster.node_groups.win.ami_type: WINDOWS_CORE_2022_x86_64 is an image of Windows, which is not supported: "
        "node-exporter, the EBS CSI driver and the add-ons of this project are installed for Linux nodes only",
        cluster="node_groups:\n  win:\n    ami_type: WINDOWS_CORE_2022_x86_64 # <-",
    )
