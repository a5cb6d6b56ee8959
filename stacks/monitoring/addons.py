"""Monitors of the cluster's add-ons, which are installed before the CRDs of monitors are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons.addon_monitors import addon_monitors
from constructs.monitoring.contribution import Contribution

if TYPE_CHECKING:
    from stacks.monitoring.base import MonitoringStack


def contribute_addon_monitors(stack: MonitoringStack) -> Contribution:
    """Add a monitor for each add-on that is on."""
    return Contribution(manifests=tuple(addon_monitors(stack.environment.cluster_addons, stack.monitor_place)))
