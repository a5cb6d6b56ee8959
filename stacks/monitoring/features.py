"""The features of the monitoring, in the order in which their lists are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stacks.monitoring.addons import contribute_addon_monitors
from stacks.monitoring.alertmanager import contribute_alertmanager
from stacks.monitoring.control_plane import contribute_control_plane
from stacks.monitoring.managed_prometheus import contribute_managed_prometheus
from stacks.monitoring.mesh import contribute_mesh
from stacks.monitoring.own_sources import contribute_own_sources
from stacks.monitoring.probes import contribute_probes
from stacks.monitoring.services import contribute_services
from stacks.monitoring.thanos import contribute_thanos

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs.monitoring.contribution import Contribution
    from stacks.monitoring.base import MonitoringStack

FEATURES: Final[tuple[Callable[[MonitoringStack], Contribution], ...]] = (
    contribute_control_plane,
    contribute_probes,
    contribute_addon_monitors,
    contribute_services,
    contribute_mesh,
    contribute_thanos,
    contribute_managed_prometheus,
    contribute_alertmanager,
    contribute_own_sources,
)
