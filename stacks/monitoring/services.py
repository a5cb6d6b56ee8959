"""Monitors of the services that the environment lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.contribution import Contribution
from constructs.monitoring.service_monitors import service_monitors

if TYPE_CHECKING:
    from stacks.monitoring.base import MonitoringStack


def contribute_services(stack: MonitoringStack) -> Contribution:
    """Add a monitor for each service."""
    return Contribution(manifests=tuple(service_monitors(stack.settings.services, stack.monitor_place)))
