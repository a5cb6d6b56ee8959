"""What is pinned: charts, images, providers, actions, a plugin, the Kubernetes versions and add-ons of environments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from config import versions
from config.core import aws
from config.paths import ROOT
from config.versions import ChartPin, ImagePin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from config.environment import Environment
    from operations.selection.synthesized import Synthesized

WORKFLOWS: Final = ROOT / ".github" / "workflows"
_ACTION: Final = re.compile(r"uses: ([\w.-]+/[\w.-]+)[\w./-]*@[0-9a-f]{40} # (v\S+)")


@dataclass(frozen=True)
class Pin:
    """A version that is pinned.

    Attributes:
        kind: `chart`, `image`, `provider`, `action`, `plugin`, `kubernetes` or `add-on`.
        source: Where its versions are listed: the repository of a chart, the reference of an image without its tag;
            the name of an add-on, and the Kubernetes version and region of its cluster.
        within: What newer versions start with, where only those of one line are wanted.

    """

    kind: str
    name: str
    version: str
    source: str = ""
    within: str = ""


def product_pins() -> Iterator[Pin]:
    """Yield the pins of `config/versions.py`."""
    for value in dict.fromkeys(one for one in vars(versions).values() if isinstance(one, ChartPin | ImagePin)):
        if isinstance(value, ChartPin):
            yield Pin("chart", value.name, value.version, value.repository)
        else:
            yield Pin("image", value.path, value.tag, f"{value.registry}/{value.path}")
    yield Pin("image", "busybox", versions.BUSYBOX, "docker.io/library/busybox")
    for minor, tag in versions.CLUSTER_AUTOSCALER_TAGS.items():
        source = "registry.k8s.io/autoscaling/cluster-autoscaler"
        yield Pin("image", f"cluster-autoscaler for {minor}", tag, source, within=f"v{minor}.")
    plugin = "grafana-amazonprometheus-datasource"
    yield Pin("plugin", plugin, versions.GRAFANA_AMAZON_PROMETHEUS, plugin)


def provider_pins(stacks: Synthesized) -> Iterator[Pin]:
    """Yield the providers that the stacks require."""
    found = {
        (str(provider["source"]), str(provider["version"]).lstrip("=~> "))
        for stack in stacks.stacks.values()
        for provider in stack.configuration["terraform"].get("required_providers", {}).values()
    }
    for source, version in sorted(found):
        name = source if "/" in source else f"hashicorp/{source}"
        yield Pin("provider", name, version, name)


def action_pins(folder: Path = WORKFLOWS) -> Iterator[Pin]:
    """Yield the actions that the workflows use, each in the version that the comment next to its commit gives."""
    found = {
        (action, version)
        for path in folder.glob("*.yaml")
        for action, version in _ACTION.findall(path.read_text(encoding="utf-8"))
    }
    for action, version in sorted(found):
        yield Pin("action", action, version, action)


def addon_pins(environments: Iterable[Environment]) -> Iterator[Pin]:
    """Yield the add-ons of EKS that environments pin; `default` and `latest` are looked up by each plan."""
    for environment in environments:
        cluster = environment.cluster
        if cluster.existing is not None:
            continue
        addons = {name.replace("_", "-"): addon.version for name, addon in cluster.addons}
        addons |= {name: addon.version for name, addon in cluster.further_addons.items()}
        addons["aws-ebs-csi-driver"] = environment.csi_addon.addon.version
        for name, version in addons.items():
            if version.startswith("v"):
                yield Pin(
                    "add-on", f"{name} of {environment.name}", version, f"{name} {cluster.version} {environment.region}"
                )


def kubernetes_pins(environments: Iterable[Environment]) -> Iterator[Pin]:
    """Yield the default Kubernetes version, and those of environments with a cluster of their own."""
    yield Pin("kubernetes", "default", versions.KUBERNETES)
    for environment in environments:
        if environment.cluster.existing is None:
            yield Pin("kubernetes", environment.name, environment.cluster.version)


def support_of(version: str, today: date) -> str:
    """Return when the standard support of a Kubernetes version ends, as a note."""
    support = aws.KUBERNETES_SUPPORT.get(version)
    if support is None:
        return "not in config/core/kubernetes_support.json"
    days = (support.standard_ends - today).days
    if days < 0:
        return f"standard support ended on {support.standard_ends}, extended support ends on {support.extended_ends}"
    return f"standard support ends on {support.standard_ends}, in {days} days"
