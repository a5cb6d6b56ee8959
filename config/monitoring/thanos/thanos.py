"""Settings of Thanos: long-term storage in a bucket, and the read path over it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from config import versions
from config.backend import BucketName
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.feature import Feature
from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.settings import Problem, Settings
from config.core.types import Duration
from config.monitoring.durations import seconds_of
from config.monitoring.thanos.object_store import ExistingBucket, ObjectStore
from config.monitoring.thanos.thanos_ruler import ThanosRulerSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

# The compactor makes the next coarser resolution of a block when the block is this old, and refuses to start with a
# shorter retention: https://thanos.io/tip/components/compact.md/#downsampling
DOWNSAMPLED_AFTER: Final = {"resolution_raw": "40h", "resolution_5m": "10d"}
RESOLUTIONS: Final = ("resolution_raw", "resolution_5m", "resolution_1h")

Replicas = Annotated[int, Field(ge=1, le=10)]


class ThanosQuerySettings(Settings):
    """Thanos Query, which answers PromQL from the sidecars and the store gateway."""

    replicas: Replicas = Field(default=1, description="Replicas; they keep no data. Default: 1.")
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="100m", memory="256Mi"), limits=ResourceAmounts(memory="1Gi")),
        description="Default: requests 100m CPU and 256Mi, limit 1Gi of memory.",
    )


class ThanosStoreGatewaySettings(Settings):
    """Thanos Store Gateway, which reads blocks from the bucket."""

    replicas: Replicas = Field(default=1, description="Replicas, each serving every block. Default: 1.")
    volume_gib: VolumeGib = Field(
        default=10,
        description="Volume of each replica for index headers, in GiB; fixed once it is deployed. Default: 10.",
    )
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="100m", memory="512Mi"), limits=ResourceAmounts(memory="2Gi")),
        description="Default: requests 100m CPU and 512Mi, limit 2Gi of memory.",
    )


class ThanosRetention(Settings):
    """How long the compactor keeps blocks of each resolution; 0d keeps them forever."""

    resolution_raw: Duration = Field(default="30d", description="Samples as scraped, at least 40h. Default: 30d.")
    resolution_5m: Duration = Field(default="90d", description="One sample in 5 minutes, at least 10d. Default: 90d.")
    resolution_1h: Duration = Field(default="365d", description="One sample an hour. Default: 365d.")

    def problems(self) -> Iterator[Problem]:
        """Yield what the compactor refuses, and a coarser resolution that goes before a finer one."""
        for name, limit in DOWNSAMPLED_AFTER.items():
            if 0 < self._seconds(name) < seconds_of(limit):
                yield Problem(
                    (name,),
                    f"{getattr(self, name)} is less than {limit}, the age at which blocks are downsampled; "
                    f"give at least {limit}, or 0d to keep them forever",
                )
        for finer, coarser in pairwise(RESOLUTIONS):
            if self._lasts(finer) > self._lasts(coarser):
                yield Problem(
                    (coarser,),
                    f"{getattr(self, coarser)} is less than {finer} {getattr(self, finer)}; "
                    f"give at least as much, or 0d to keep them forever",
                )

    def _seconds(self, name: str) -> float:
        return seconds_of(getattr(self, name))

    def _lasts(self, name: str) -> float:
        return self._seconds(name) or float("inf")


class ThanosCompactorSettings(Settings):
    """Thanos Compactor, the only part that deletes blocks; there is one, because two would corrupt them."""

    retention: ThanosRetention = Field(
        default=ThanosRetention(), description="How long blocks are kept. Default: 30d raw, 90d at 5m, 365d at 1h."
    )
    volume_gib: VolumeGib = Field(
        default=20,
        description="Scratch volume in GiB: twice the blocks of two weeks; fixed once it is deployed. Default: 20.",
    )
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="100m", memory="512Mi"), limits=ResourceAmounts(memory="2Gi")),
        description="Default: requests 100m CPU and 512Mi, limit 2Gi of memory.",
    )


class ThanosSettings(Feature):
    """Long-term storage: a sidecar that ships blocks to a bucket, and the read path over the bucket."""

    RULES = ("thanos",)

    enabled: bool = Field(default=False, description="Keep blocks in a bucket: run the sidecar. Default: false.")
    bucket_name: BucketName | None = Field(
        default=None, description="Name of the bucket. Default: <cluster>-thanos-<account>."
    )
    existing_bucket: ExistingBucket | None = Field(
        default=None, description="Use this bucket instead of one of its own. Default: one of its own."
    )
    object_store: ObjectStore | None = Field(
        default=None, description="Use a bucket of MinIO or another store that speaks S3 instead. Default: S3 of AWS."
    )
    read_path: bool | None = Field(
        default=None,
        description="Run query, store gateway and compactor too; without a compactor nothing is ever deleted. "
        "Default: true where enabled.",
    )
    chart_version: ChartVersion = chart_version(versions.THANOS, "the chart of the read path")
    chart_repository: ChartRepository = chart_repository(versions.THANOS, "that chart")
    query: ThanosQuerySettings = Field(default=ThanosQuerySettings(), description="Query.")
    store_gateway: ThanosStoreGatewaySettings = Field(
        default=ThanosStoreGatewaySettings(), description="Store gateway."
    )
    compactor: ThanosCompactorSettings = Field(default=ThanosCompactorSettings(), description="Compactor.")
    ruler: ThanosRulerSettings = Field(default=ThanosRulerSettings(), description="Ruler. Default: off.")

    @property
    def has_read_path(self) -> bool:
        """Whether query, store gateway and compactor run."""
        return self.enabled and self.read_path is not False

    @property
    def uses_aws(self) -> bool:
        """Whether the bucket is one of AWS, which pods reach by their roles."""
        return self.enabled and self.object_store is None

    def problems(self) -> Iterator[Problem]:
        """Yield what needs a bucket where there is none, more than one bucket, and a ruler that nothing answers."""
        for field in ("bucket_name", "existing_bucket", "object_store"):
            if getattr(self, field) is not None and not self.enabled:
                yield Problem((field,), "has no effect while enabled is false")
        if self.bucket_name is not None and self.existing_bucket is not None:
            yield Problem(("bucket_name",), "is for a bucket of its own; remove it, or existing_bucket")
        for field in ("bucket_name", "existing_bucket"):
            if getattr(self, field) is not None and self.object_store is not None:
                yield Problem((field,), "is for S3 of AWS; remove it, or object_store")
        if self.read_path and not self.enabled:
            yield Problem(("read_path",), "needs the bucket: set enabled to true")
        if self.ruler.enabled and not self.has_read_path:
            yield Problem(("ruler", "enabled"), "asks Thanos Query: needs enabled, and read_path not false")
