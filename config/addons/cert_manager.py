"""Settings of cert-manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from config import versions
from config.addons.addon import Addon, Monitor
from config.addons.hosted_zones import HostedZone, duplicate_zones
from config.core.chart_settings import ChartRepository, PrefixedChartVersion, chart_repository, chart_version
from config.core.resources import Resources, resources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.settings import Problem


class CertManagerSettings(Addon):
    """cert-manager with its CRDs: certificates for ingresses and services inside the cluster."""

    TITLE = "cert-manager"
    PAGE = "#certificates"
    CHART = versions.CERT_MANAGER
    # A namespace of its own: issuers of the whole cluster read their secrets from it.
    NAMESPACE = "cert-manager"
    ROLE = "cert-manager"
    # Its Service has no metrics of the other parts. The series name the namespace of each certificate, by which
    # alerts go to whom they concern.
    MONITOR = Monitor("PodMonitor", {"port": "http-metrics", "honorLabels": True})
    RULES = ("cert_manager",)

    chart_version: PrefixedChartVersion = chart_version(CHART, "the chart, with its v")
    chart_repository: ChartRepository = chart_repository(CHART)
    dns01_zones: tuple[HostedZone, ...] = Field(
        default=(),
        description="Hosted zones in which it may answer DNS01 challenges. Default: none, and no permission.",
    )
    resources: Resources = resources("10m", "64Mi", "256Mi", of="Of each of its three parts. ")

    def uses_of_aws(self) -> Iterator[str]:
        """Yield the zones: without any it needs no role."""
        if self.dns01_zones:
            yield "dns01_zones"

    def problems(self) -> Iterator[Problem]:
        """Yield a zone that is listed twice."""
        yield from duplicate_zones("dns01_zones", self.dns01_zones)
