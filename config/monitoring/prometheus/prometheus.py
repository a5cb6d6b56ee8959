"""Settings of Prometheus itself: how many, how much it keeps and where, what it scrapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, JsonValue

from config.core.files.literal_secrets import PLAIN_TEXT, literal_secrets
from config.core.resources import ResourceAmounts, Resources, VolumeGib
from config.core.settings import Problem, Settings
from config.core.types import Duration, KubernetesName, RoleName, text
from config.monitoring.durations import seconds_of
from config.monitoring.iam_statements import IamStatements
from config.monitoring.prometheus.ec2_targets import Ec2Targets
from config.monitoring.prometheus.remote_stores import OwnRemoteWrite, RemoteRead
from config.monitoring.prometheus.scrape_configs import discoveries_without_login, problems_of_scrape_configs
from config.monitoring.protected_ingress import ProtectedIngress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.core.problems import Location

# "Prometheus stores an average of only 1-2 bytes per sample": https://prometheus.io/docs/prometheus/latest/storage/
BYTES_PER_SAMPLE: Final = 2
# What is left for the write-ahead log, compaction, and the file system itself.
USABLE_SHARE: Final = 0.8
# Labels that Prometheus, the operator or this project set.
RESERVED_EXTERNAL_LABELS: Final = ("cluster", "prometheus", "prometheus_replica")

# Jobs that this project adds in Prometheus' own form.
OWN_JOBS: Final = {
    **dict.fromkeys(("kube-scheduler", "kube-controller-manager"), "the name of a job of eks_control_plane_metrics"),
    "annotated-pods": "the name of the job of annotated_pods",
}

LabelName = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*", "a Prometheus label name")]


class PrometheusSettings(Settings):
    """Prometheus: replicas, retention, volume and what it scrapes in addition to monitors."""

    agent_mode: bool = Field(
        default=False,
        description="Only scrape, and send every sample on: no queries, rules and alerts in the cluster. "
        "Default: false.",
    )
    replicas: int = Field(default=1, ge=1, le=10, description="Replicas, each with all the data. Default: 1.")
    external_url: Annotated[str, *text(r"https?://[^\s/]+\S*", "a URL: http://… or https://…")] | None = Field(
        default=None,
        description="Where people reach Prometheus; messages about alerts then link to its queries. "
        "Default: its ingress, else its Service, and no links.",
    )
    ingress: ProtectedIngress | None = Field(
        default=None, description="Address for users, who log in at the load balancer. Default: none."
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
        default={}, description="Labels of all samples that leave the cluster, in addition to cluster. Default: none."
    )
    extra_scrape_configs: tuple[dict[str, JsonValue], ...] = Field(
        default=(), description="Scrape configurations in Prometheus' own form, each with a job_name. Default: none."
    )
    annotated_pods: bool = Field(
        default=False,
        description='Scrape pods that the annotation prometheus.io/scrape: "true" asks for, at prometheus.io/port and '
        "/path; those that a monitor selects as well are scraped twice. Default: false.",
    )
    ec2_targets: dict[KubernetesName, Ec2Targets] = Field(
        default={}, description="Instances of EC2 that are scraped, by a name of your choice. Default: none."
    )
    iam_statements: IamStatements = Field(
        default={}, description="What else Prometheus may do in AWS, by a name of your choice. Default: nothing."
    )
    remote_write: dict[KubernetesName, OwnRemoteWrite] = Field(
        default={}, description="Stores that get all samples, by a name of your choice. Default: none."
    )
    remote_read: dict[KubernetesName, RemoteRead] = Field(
        default={}, description="Stores that queries are answered from as well, by name. Default: none."
    )

    @property
    def url(self) -> str | None:
        """Where people reach Prometheus, if they do."""
        return self.external_url or (None if self.ingress is None else self.ingress.url)

    @property
    def uses_aws(self) -> bool:
        """Whether Prometheus needs an IAM role for what is listed here."""
        return bool(self.ec2_targets or self.iam_statements)

    def retention_size_mib(self) -> int:
        """Return how many MiB of blocks are kept at most."""
        return int(self.volume_gib * 1024 * USABLE_SHARE)

    def problems(self) -> Iterator[Problem]:
        """Yield a retention that the volume cannot hold, and scrape configurations that Prometheus refuses."""
        needed_gib = seconds_of(self.retention) * self.samples_per_second * BYTES_PER_SAMPLE / 1024**3
        if needed_gib > self.volume_gib * USABLE_SHARE and not self.agent_mode:
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
        field: Location = ("extra_scrape_configs",)
        for problem in problems_of_scrape_configs(self.extra_scrape_configs, self.scrape_interval, OWN_JOBS):
            yield Problem((*field, *problem.location), problem.message)
        for position, config in enumerate(self.extra_scrape_configs):
            for location in literal_secrets(config):
                yield Problem((*field, position, *location), PLAIN_TEXT)
            for location in () if self.iam_statements else discoveries_without_login(config, (*field, position)):
                yield Problem(location, "needs a role that may discover: list ec2_targets, or give iam_statements")
