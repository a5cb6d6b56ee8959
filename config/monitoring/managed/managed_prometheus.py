"""Settings of Amazon Managed Service for Prometheus: a workspace that Prometheus writes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema

from config.core.feature import Feature
from config.core.settings import Problem, Settings, unique
from config.core.types import KmsKeyArn, LogRetentionDays, text
from config.monitoring.managed.alert_definition import REGION_PLACEHOLDER, TOPIC_PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator


# https://docs.aws.amazon.com/prometheus/latest/APIReference/API_CreateWorkspace.html
ALIAS_MAX_LENGTH: Final = 100
# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-workspace-configuration.html
METRIC_RETENTION_MAX_DAYS: Final = 1095
# A large part of the series of a small cluster; the rules about them are evaluated in the cluster.
COSTLY_METRICS: Final = ("apiserver_.*_bucket", "etcd_request_duration_seconds_bucket")

# The service trims blanks at both ends, which Terraform would see as a change in every plan.
Alias = Annotated[
    str,
    *text(
        r"[A-Za-z0-9](?:[A-Za-z0-9_ .-]*[A-Za-z0-9_.-])?",
        "an alias (letters, digits, inner spaces, _.-, starting with a letter or digit)",
        max_length=ALIAS_MAX_LENGTH,
    ),
]
# https://docs.aws.amazon.com/prometheus/latest/APIReference/API_WorkspaceDescription.html
_WORKSPACE_ARN: Final = r"arn:aws[a-z-]*:aps:[a-z0-9-]+:\d{12}:workspace/[0-9A-Za-z][-.0-9A-Z_a-z]{0,63}"
WorkspaceArn = Annotated[
    str, *text(_WORKSPACE_ARN, "the ARN of a workspace (arn:aws:aps:REGION:ACCOUNT:workspace/ws-…)")
]
RoleArn = Annotated[
    str,
    *text(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]*[\w+=,.@-]", "the ARN of an IAM role", max_length=2048),
]
# The service cannot publish to FIFO topics.
# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-config.html
StandardTopicArn = Annotated[
    str,
    *text(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}",
        "the ARN of a standard SNS topic (arn:aws:sns:REGION:ACCOUNT:NAME)",
    ),
]
# https://docs.aws.amazon.com/prometheus/latest/APIReference/API_CreateRuleGroupsNamespace.html
RuleFile = Annotated[
    str, *text(r"[a-z0-9][a-z0-9_-]*", "the name of a file in values/rules, without .yaml", max_length=64)
]
DefinitionFile = Annotated[
    str, *text(r"(?!/)(?!.*\.\.)[\w./-]+\.ya?ml", "a YAML file below values/, as a relative path")
]


def _compilable(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression ({error})") from error
    return value


# What RE2, which Prometheus uses, and Python read the same way.
MetricPattern = Annotated[
    str,
    *text(r"[A-Za-z0-9_:.*+?|()\[\]-]+", "a regular expression of metric names like node_.+"),
    AfterValidator(_compilable),
    WithJsonSchema({"type": "string"}),
]


class WorkspaceLogs(Settings):
    """Failures of rules and of the alert manager, in an encrypted log group."""

    enabled: bool = Field(default=True, description="Log them to CloudWatch Logs. Default: true.")
    retention_days: LogRetentionDays = Field(
        default=365, description="Days that CloudWatch Logs keeps the records. Default: 365."
    )


class WorkspaceSettings(Settings):
    """A workspace of the environment's own."""

    alias: Alias | None = Field(
        default=None, description="Display name; it need not be unique. Default: the name of the cluster."
    )
    retention_days: int = Field(
        default=150,
        ge=1,
        le=METRIC_RETENTION_MAX_DAYS,
        description=f"Days that metrics are kept, 1 to {METRIC_RETENTION_MAX_DAYS}. Default: 150, as at AWS.",
    )
    kms_key_arn: KmsKeyArn | None = Field(
        default=None,
        description="KMS key of the metrics; a change makes a new, empty workspace. "
        "Default: one of its own, rotated every year.",
    )
    logs: WorkspaceLogs = Field(default=WorkspaceLogs(), description="Logs of rules and alert manager. Default: on.")

    def problems(self) -> Iterator[Problem]:
        """Yield a key that the service refuses: https://github.com/aws/amazon-managed-service-for-prometheus-roadmap/issues/40."""
        if self.kms_key_arn is not None and not re.fullmatch(r".*:key/[-a-f0-9]+", self.kms_key_arn):
            yield Problem(
                ("kms_key_arn",), "the service takes no multi-Region key (mrk-…); give a key of one Region, or none"
            )


class ExistingWorkspace(Settings):
    """A workspace that is there already, also of another account or region."""

    workspace_arn: WorkspaceArn = Field(description="ARN of the workspace; account and region are read from it.")
    assume_role_arn: RoleArn | None = Field(
        default=None,
        description="Role that Prometheus and Grafana assume to write and query; it must trust their roles. "
        "Default: none; a workspace of another account then needs a resource policy.",
    )

    @property
    def region(self) -> str:
        """The region of the workspace."""
        return self.workspace_arn.split(":")[3]

    @property
    def workspace_id(self) -> str:
        """The id of the workspace, e.g. ws-0a1b…."""
        return self.workspace_arn.partition("/")[2]


class RemoteWriteQueue(Settings):
    """How Prometheus sends; AWS advises the defaults.

    https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-onboard-ingest-metrics-new-Prometheus.html
    https://prometheus.io/docs/practices/remote_write/
    """

    max_samples_per_send: int = Field(default=1000, ge=1, description="Samples in one request. Default: 1000.")
    max_shards: int = Field(default=200, ge=1, description="Requests that are sent at the same time. Default: 200.")
    capacity: int = Field(default=2500, ge=1, description="Samples that wait in memory for each shard. Default: 2500.")

    def problems(self) -> Iterator[Problem]:
        """Yield a queue that cannot hold one request."""
        if self.capacity < self.max_samples_per_send:
            yield Problem(
                ("capacity",),
                f"{self.capacity} is below max_samples_per_send {self.max_samples_per_send}; "
                "Prometheus advises 3 to 10 times as much",
            )


class AlertManagerSettings(Settings):
    """The workspace's own alert manager; it notifies Amazon SNS topics of the same account only."""

    definition_file: DefinitionFile = Field(
        description="YAML file below values/ with alertmanager_config and template_files; "
        f"{TOPIC_PLACEHOLDER} and {REGION_PLACEHOLDER} in it stand for the topic and its region."
    )
    topic_arn: StandardTopicArn | None = Field(
        default=None,
        description="SNS topic of the same account whose policy lets aps.amazonaws.com publish. "
        "Default: an encrypted topic of its own, to which you subscribe.",
    )


class ManagedPrometheusSettings(Feature):
    """Amazon Managed Service for Prometheus, which Prometheus writes to; off by default."""

    RULES = ("remote_write",)

    enabled: bool = Field(default=False, description="Write to a workspace. Default: false.")
    workspace: WorkspaceSettings = Field(default=WorkspaceSettings(), description="A workspace of its own.")
    existing: ExistingWorkspace | None = Field(
        default=None, description="Write to this workspace instead of an own one. Default: an own one."
    )
    remote_write: RemoteWriteQueue = Field(default=RemoteWriteQueue(), description="How Prometheus sends.")
    keep_metrics: tuple[MetricPattern, ...] = Field(
        default=(), description="Only metrics whose whole name matches one of these are sent. Default: all."
    )
    drop_metrics: tuple[MetricPattern, ...] | None = Field(
        default=None,
        description="Metrics whose whole name matches one of these are not sent. Default: histograms of the API "
        "server, which no rule and no dashboard here reads; with keep_metrics, none.",
    )
    rule_files: tuple[RuleFile, ...] = Field(
        default=(),
        description="Files of values/rules, without .yaml, that the workspace evaluates as well. Default: none.",
    )
    alert_manager: AlertManagerSettings | None = Field(
        default=None, description="The workspace's alert manager, for alerts of rule_files. Default: none."
    )

    @property
    def dropped_metrics(self) -> tuple[str, ...]:
        """The metrics that are not sent."""
        if self.drop_metrics is not None:
            return self.drop_metrics
        return () if self.keep_metrics else COSTLY_METRICS

    def problems(self) -> Iterator[Problem]:
        """Yield settings that would have no effect, or that AWS refuses."""
        if self.existing is not None:
            for field in ("workspace", "rule_files", "alert_manager"):
                if field in self.model_fields_set:
                    yield Problem((field,), "is for a workspace of its own; remove it, or existing")
        yield from unique("rule_files", self.rule_files)
