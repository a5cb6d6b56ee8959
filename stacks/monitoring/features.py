"""The features of the monitoring, in the order in which their lists are joined."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Final

from constructs.monitoring.contribution import Contribution
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

    from stacks.cluster_reference import PodRoles
    from stacks.monitoring.base import MonitoringStack

    Feature = Callable[[MonitoringStack], Contribution]


def with_roles(contribute: Callable[[MonitoringStack, PodRoles], Contribution]) -> Feature:
    """Return a feature that adds nothing where pods have no roles: settings that need some are refused there."""

    @wraps(contribute)
    def with_those_of(stack: MonitoringStack) -> Contribution:
        return Contribution() if stack.pod_roles is None else contribute(stack, stack.pod_roles)

    return with_those_of


FEATURES: Final[tuple[Feature, ...]] = (
    contribute_control_plane,
    contribute_probes,
    contribute_addon_monitors,
    contribute_services,
    contribute_mesh,
    contribute_thanos,
    with_roles(contribute_managed_prometheus),
    with_roles(contribute_alertmanager),
    contribute_own_sources,
)
