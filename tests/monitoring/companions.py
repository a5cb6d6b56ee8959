"""A small stack around a companion of kube-prometheus-stack: what it is given, and what it synthesizes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import faststart

faststart.install()

from cdktf import App, TerraformStack  # noqa: E402 (after the lazy loading is on)
from cdktf_cdktf_provider_aws.provider import AwsProvider  # noqa: E402
from cdktf_cdktf_provider_helm.provider import HelmProvider  # noqa: E402
from cdktf_cdktf_provider_helm.release import Release  # noqa: E402
from cdktf_cdktf_provider_kubernetes.provider import KubernetesProvider  # noqa: E402

from config.core.resources import Placement  # noqa: E402
from config.monitoring.discovery import MonitorLabel  # noqa: E402
from constructs.monitoring.companion_release import CompanionContext  # noqa: E402
from stacks import literal_text  # noqa: E402
from tests.synthesis import Stack  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Build = Callable[[TerraformStack, CompanionContext], None]


def synthesize_companion(build: Build, outdir: Path, **context: Any) -> Stack:
    """Return a stack with a stand-in for kube-prometheus-stack and what `build` adds."""
    literal_text.install()
    app = App(outdir=str(outdir))
    stack = TerraformStack(app, "companion")
    AwsProvider(stack, "aws", region="us-east-2")
    HelmProvider(stack, "helm")
    KubernetesProvider(stack, "kubernetes")
    stack_release = Release(stack, "kube-prometheus-stack", name="kube-prometheus-stack", chart="kube-prometheus-stack")
    settings: dict[str, Any] = {
        "namespace": "monitoring",
        "labels": {"project": "gd9"},
        "monitor_label": MonitorLabel(),
        "image_registry": None,
        "image_pull_secrets": (),
        "placement": Placement(),
        "timeout_seconds": 900,
        "stack_release": stack_release,
        "stack_release_name": "kube-prometheus-stack",
        **context,
    }
    build(stack, CompanionContext(**settings))
    app.synth()
    return Stack("companion", json.loads((outdir / "stacks" / "companion" / "cdk.tf.json").read_text()))


def release(stack: Stack, name: str) -> dict[str, Any]:
    """Return the Helm release of that name."""
    (found,) = (body for body in stack.resources("helm_release").values() if body["name"] == name)
    return found


def values(stack: Stack, name: str) -> dict[str, Any]:
    """Return the values of the Helm release of that name."""
    (text,) = release(stack, name)["values"]
    found: dict[str, Any] = json.loads(text)
    return found
