"""What Alertmanager needs of AWS: the topics and secrets of its receivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.contribution import Contribution

if TYPE_CHECKING:
    from stacks.cluster_reference import PodRoles
    from stacks.monitoring.base import MonitoringStack


def contribute_alertmanager(stack: MonitoringStack, roles: PodRoles) -> Contribution:
    """Add the policies that the receivers need."""
    settings = stack.settings.alertmanager
    if not settings.uses_aws():
        return Contribution()
    from constructs.monitoring.alerting.alertmanager_policies import alertmanager_policies

    return Contribution(alertmanager_policies=alertmanager_policies(settings, roles.account))
