"""Metrics of scheduler and controller-manager, which EKS shows at an endpoint of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.contribution import Contribution
from constructs.monitoring.values.control_plane_values import SCRAPE_JOBS, eks_control_plane_values

if TYPE_CHECKING:
    from stacks.monitoring.base import MonitoringStack


def contribute_control_plane(stack: MonitoringStack) -> Contribution:
    """Add the scrape jobs, with the rules and dashboards of the chart."""
    if not stack.settings.eks_control_plane_metrics:
        return Contribution()
    return Contribution(scrape_configs=SCRAPE_JOBS, values=(eks_control_plane_values(),))
