"""Settings of Velero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from config import versions
from config.addons.addon import Addon, Monitor
from config.backend import BucketName
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.languages.cron import Cron
from config.core.resources import Resources, resources
from config.core.settings import Problem, Settings
from config.core.types import KmsKeyArn, KubernetesName, find_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator


class BackupSchedule(Settings):
    """When Velero backs up which namespaces, and for how long it keeps the backups."""

    cron: Cron = Field(default="0 3 * * *", description="When, as a time of cron in UTC. Default: 0 3 * * *, daily.")
    keep_days: int = Field(
        default=30, ge=1, le=3650, description="Days after which Velero deletes a backup. Default: 30."
    )
    included_namespaces: tuple[KubernetesName, ...] = Field(
        default=(), description="Namespaces that are backed up. Default: all, and what is in none."
    )
    excluded_namespaces: tuple[KubernetesName, ...] = Field(
        default=(), description="Namespaces that are not. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a namespace that is listed twice, or in both lists."""
        for field in ("included_namespaces", "excluded_namespaces"):
            names = getattr(self, field)
            for position in find_duplicates(names):
                yield Problem((field, position), f"{names[position]} is listed twice")
        for position, name in enumerate(self.excluded_namespaces):
            if name in self.included_namespaces:
                yield Problem(("excluded_namespaces", position), f"{name} is in included_namespaces")


class VeleroSettings(Addon):
    """Velero: backups of the cluster's objects, and optionally of its volumes, in an S3 bucket of its own."""

    TITLE = "Velero"
    PAGE = "#backups"
    CHART = versions.VELERO
    # A namespace of its own: write access to it allows restoring any object of the cluster.
    NAMESPACE = "velero"
    ROLE = "velero"
    MONITOR = Monitor("ServiceMonitor", {"port": "http-monitoring"})
    RULES = ("velero",)

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    bucket_name: BucketName | None = Field(
        default=None, description="Name of the bucket that is created. Default: <cluster>-velero-<account>."
    )
    schedules: dict[KubernetesName, BackupSchedule] = Field(
        default={"daily": BackupSchedule()},
        description="Regular backups, by name. Default: daily at 3:00 UTC.",
    )
    volume_snapshots: bool = Field(
        default=False,
        description="Take EBS snapshots of the volumes too, with the permission for it. Default: false.",
    )
    volume_kms_key_arns: tuple[KmsKeyArn, ...] = Field(
        default=(),
        description="Customer-managed keys of the volumes, which a restore from a snapshot needs. Default: none.",
    )
    resources: Resources = resources("100m", "128Mi", "512Mi")

    def problems(self) -> Iterator[Problem]:
        """Yield an add-on that would never back up, and keys without a use."""
        if self.enabled and not self.schedules:
            yield Problem(("schedules",), "is empty; nothing would be backed up")
        if self.volume_kms_key_arns and not self.volume_snapshots:
            yield Problem(("volume_kms_key_arns",), "has no effect while volume_snapshots is false")
        for position in find_duplicates(self.volume_kms_key_arns):
            yield Problem(("volume_kms_key_arns", position), "is listed twice")
