"""What adds and removes nodes: one setting for all ways, and the add-on by which each is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.addons.cluster_addons import ClusterAddonsSettings

NodeScaling = Literal["none", "cluster-autoscaler", "karpenter", "auto-mode"]
SCALERS: Final[dict[NodeScaling, Literal["cluster_autoscaler", "karpenter"]]] = {
    "cluster-autoscaler": "cluster_autoscaler",
    "karpenter": "karpenter",
}
"""Sections of `cluster_addons` by the choice that switches them on."""


def scaled_by(addons: ClusterAddonsSettings, wanted: NodeScaling | None) -> ClusterAddonsSettings:
    """Return the add-ons with the one on that the choice stands for; without a choice, as they are."""
    name = None if wanted is None else SCALERS.get(wanted)
    if name is None or getattr(addons, name).enabled:
        return addons
    return addons.model_copy(update={name: getattr(addons, name).model_copy(update={"enabled": True})})


def scaling_problems(addons: ClusterAddonsSettings, wanted: NodeScaling | None) -> Iterator[Problem]:
    """Yield add-ons that would make nodes for the same pods, or that another choice excludes."""
    if wanted is None:
        if all(getattr(addons, name).enabled for name in SCALERS.values()):
            message = "is true, and so is that of cluster_autoscaler: both would make nodes for the same pods"
            yield Problem(("karpenter", "enabled"), f"{message}; choose one in cluster.node_scaling")
        return
    for choice, name in SCALERS.items():
        addon = getattr(addons, name)
        if "enabled" in addon.model_fields_set and addon.enabled != (choice == wanted):
            message = f"is {str(addon.enabled).lower()}, and cluster.node_scaling is {wanted}; remove it"
            yield Problem((name, "enabled"), message)
