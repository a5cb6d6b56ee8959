"""Settings of Prometheus itself: how many, how much it keeps and where, what it scrapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, JsonValue

from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.settings import Problem, Settings
from config.core.types import Duration, RoleName, find_duplicates, text

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS: Final = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}
# "Prometheus stores an average of only 1-2 bytes per sample": https://prometheus.io/docs/prometheus/latest/storage/
BYTES_PER_SAMPLE: Final = 2
# What is left for the write-ahead log, compaction, and the file system itself.
USABLE_SHARE: Final = 0.8
# Labels that Prometheus, the operator or this project set.
RESERVED_EXTERNAL_LABELS: Final = ("cluster", "prometheus", "prometheus_replica")

LabelName = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*", "a Prometheus label name")]


def seconds_of(duration: str) -> float:
    """Return the seconds of a Prometheus duration like 1h30m."""
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|[ywdhms])", duration))


class PrometheusSettings(Settings):
    """Prometheus: replicas, retention, volume and what it scrapes beside monitors."""

    replicas: int = Field(default=1, ge=1, le=10, description="Replicas, each with all the data. Default: 1.")
    external_url: Annotated[str, *text(r"https?://[^\s/]+\S*", "a URL: http://… or https://…")] | None = Field(
        default=None,
        description="Where people reach Prometheus; messages about alerts then link to its queries. "
        "Default: its Service, and no links.",
    )
    retention: Duration = Field(default="10d", description="How long samples are kept. Default: 10d.")
    volume_gib: VolumeGib = Field(
        default=20,
        description="Volume of each replica in GiB; the oldest samples go when 80 % of it are used. Default: 20.",
    )
    samples_per_second: int = Field(
        default=5000,
        ge=1,
        description="Samples expected a second; the volume is checked against it, at 2 bytes a sample. Default: 5000.",
    )
    resources: Resources = Field(
        default=Resources(requests=ResourceAmounts(cpu="200m", memory="1Gi"), limits=ResourceAmounts(memory="2Gi")),
        description="Default: requests 200m CPU and 1Gi, limit 2Gi of memory.",
    )
    role_name: RoleName | None = Field(
        default=None, description="Name of the IAM role of Prometheus. Default: <cluster>-prometheus."
    )
    scrape_interval: Duration = Field(default="30s", description="How often targets are scraped. Default: 30s.")
    pod_anti_affinity: Literal["soft", "hard"] = Field(
        default="soft", description="Whether replicas may share a node (soft) or must not (hard). Default: soft."
    )
    external_labels: dict[LabelName, str] = Field(
        default={}, description="Labels of all samples that leave the cluster, beside cluster. Default: none."
    )
    extra_scrape_configs: tuple[dict[str, JsonValue], ...] = Field(
        default=(), description="Scrape configurations in Prometheus' own form, each with a job_name. Default: none."
    )

    def retention_size_mib(self) -> int:
        """Return how many MiB of blocks are kept at most."""
        return int(self.volume_gib * 1024 * USABLE_SHARE)

    def problems(self) -> Iterator[Problem]:
        """Yield a retention that the volume cannot hold, and scrape configurations that Prometheus refuses."""
        needed_gib = seconds_of(self.retention) * self.samples_per_second * BYTES_PER_SAMPLE / 1024**3
        if needed_gib > self.volume_gib * USABLE_SHARE:
            yield Problem(
                ("retention",),
                f"{self.retention} at {self.samples_per_second} samples a second need about {needed_gib:.0f} GiB; "
                f"{USABLE_SHARE:.0%} of volume_gib {self.volume_gib} are less: raise volume_gib or lower retention",
            )
        if not 1 <= seconds_of(self.scrape_interval) <= 120:
            yield Problem(
                ("scrape_interval",), f"{self.scrape_interval} is outside 1s to 2m: samples older than 5m are stale"
            )
        for name in self.external_labels:
            if name in RESERVED_EXTERNAL_LABELS:
                yield Problem(("external_labels", name), "is set by this project itself")
        yield from self._scrape_config_problems()

    def _scrape_config_problems(self) -> Iterator[Problem]:
        names = tuple(str(config.get("job_name", "")) for config in self.extra_scrape_configs)
        for position, name in enumerate(names):
            if not name:
                yield Problem(("extra_scrape_configs", position), "has no job_name")
        for position in find_duplicates(names):
            if names[position]:
                yield Problem(("extra_scrape_configs", position, "job_name"), f"{names[position]} is there already")
