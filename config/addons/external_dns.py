"""Settings of external-dns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from config import versions
from config.addons.addon import Addon, Monitor
from config.addons.hosted_zones import HostedZone, duplicate_zones
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import Resources, resources
from config.core.settings import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExternalDnsSettings(Addon):
    """external-dns: records in Route 53 for the hosts of ingresses and services."""

    TITLE = "external-dns"
    PAGE = "expose-grafana.md#a-name-in-route-53"
    CHART = versions.EXTERNAL_DNS
    ROLE = "external-dns"
    MONITOR = Monitor("ServiceMonitor", {"port": "http"})
    RULES = ("external_dns",)

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    zones: tuple[HostedZone, ...] = Field(
        default=(), description="Hosted zones whose records it may change, and no others. Default: none."
    )
    policy: Literal["upsert-only", "sync"] = Field(
        default="upsert-only",
        description="`sync` also deletes records of removed objects; only those that it created. Default: upsert-only.",
    )
    resources: Resources = resources("10m", "64Mi", "256Mi")

    def problems(self) -> Iterator[Problem]:
        """Yield that there is nothing to write records into, or a zone twice."""
        if self.enabled and not self.zones:
            yield Problem(("zones",), "is empty; name the hosted zones whose records it may change")
        yield from duplicate_zones("zones", self.zones)
