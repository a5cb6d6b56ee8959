"""Settings of EKS Auto Mode, in which AWS runs nodes, volumes and load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from config.core.settings import Problem, Settings, unique
from config.core.types import RoleName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.cluster.cluster import ClusterSettings


class AutoModeSettings(Settings):
    """EKS Auto Mode, which node_scaling switches on."""

    node_pools: tuple[Literal["general-purpose", "system"], ...] = Field(
        default=("general-purpose", "system"),
        min_length=1,
        description="Node pools of AWS: `system` takes pods that tolerate CriticalAddonsOnly alone. Default: both.",
    )
    node_role_name: RoleName | None = Field(
        default=None, description="Name of its nodes' IAM role. Default: <cluster>-eks-auto-nodes."
    )
    switch_off: bool = Field(
        default=False,
        description="Switch Auto Mode off in a cluster that had it. Keep it true from then on, with node_pools and "
        "node_role_name as they were: without it the provider would replace the cluster. Default: false.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a pool that is listed twice."""
        yield from unique("node_pools", self.node_pools)


def auto_mode_problems(cluster: ClusterSettings) -> Iterator[Problem]:
    """Yield what EKS refuses together with Auto Mode, and what has no effect with it or without it."""
    if cluster.node_scaling != "auto-mode":
        for field in ("node_pools", "node_role_name"):
            if field in cluster.auto_mode.model_fields_set and not cluster.auto_mode.switch_off:
                yield Problem(("auto_mode", field), "has no effect while node_scaling is not auto-mode")
        return
    if cluster.auto_mode.switch_off:
        yield Problem(("auto_mode", "switch_off"), "is true, and node_scaling is auto-mode")
    if cluster.authentication_mode == "CONFIG_MAP":
        message = "auto-mode needs authentication_mode API_AND_CONFIG_MAP or API: its nodes join by an access entry"
        yield Problem(("node_scaling",), message)
    if cluster.has_only_auto_nodes and "addons" in cluster.model_fields_set:
        message = (
            "has no effect: nodes of Auto Mode have network, DNS and Pod Identity themselves, and there are no others"
        )
        yield Problem(("addons",), message)
