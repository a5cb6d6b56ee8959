"""Settings for what people bring along: permissions in AWS, targets on EC2, stores of metrics, data sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, JsonValue

from config.core.files.literal_secrets import PLAIN_TEXT, literal_secrets
from config.core.secrets import SecretKey, SecretName
from config.core.settings import Problem, Settings
from config.core.types import Duration, KubernetesName, Region, text
from config.monitoring.durations import seconds_of
from config.monitoring.scrape_configs import problems_of_regex

if TYPE_CHECKING:
    from collections.abc import Iterator

HttpUrl = Annotated[str, *text(r"https?://[^\s/]+\S*", "a URL: http://… or https://…")]
Action = Annotated[str, *text(r"[a-z0-9-]+:[A-Za-z0-9*?]+", "an action like cloudwatch:GetMetricData")]
Resource = Annotated[str, *text(r"\*|arn:aws[a-z-]*:\S+", "an ARN, or * where the action knows no resources")]
PolicyName = Annotated[
    str, *text(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "a name of lower-case letters, digits and dashes")
]
MetricLabel = Annotated[str, *text(r"[a-zA-Z_][a-zA-Z0-9_]*", "a label name")]
MetricPattern = Annotated[str, Field(min_length=1, max_length=1024)]
SecurityGroupId = Annotated[str, *text(r"sg-[0-9a-f]{8,17}", "the id of a security group")]
HeaderName = Annotated[str, *text(r"[A-Za-z0-9-]+", "the name of an HTTP header")]
# https://grafana.com/docs/grafana/latest/datasources/
DataSourceType = Annotated[str, *text(r"[a-z0-9]+(?:-[a-z0-9]+)*", "the type of a data source, like loki or tempo")]
DataSourceUid = Annotated[str, *text(r"[a-zA-Z0-9_-]{1,40}", "a uid of letters, digits, - and _")]
SecureField = Annotated[str, *text(r"[a-zA-Z][a-zA-Z0-9]*", "a field of secureJsonData like password")]
# Uids of the data sources that this project and the chart make.
TAKEN_UIDS: Final = ("prometheus", "alertmanager", "thanos", "managed-prometheus")


class IamStatement(Settings):
    """A statement of an IAM policy that permits something."""

    actions: tuple[Action, ...] = Field(min_length=1, description="Actions, like cloudwatch:GetMetricData.")
    resources: tuple[Resource, ...] = Field(min_length=1, description="ARNs, or * where actions know no resources.")

    def problems(self) -> Iterator[Problem]:
        """Yield a statement that permits everything of a service on everything."""
        for position, action in enumerate(self.actions):
            if action.endswith(":*") and "*" in self.resources:
                yield Problem(("actions", position), f"{action} on every resource is more than monitoring needs")


IamStatements = dict[PolicyName, IamStatement]


class SecretKeyReference(Settings):
    """A key of a Kubernetes secret in the release's namespace."""

    secret: SecretName = Field(description="Kubernetes secret, made by yourself.")
    key: SecretKey = Field(description="Key in the secret.")


class BasicLogin(Settings):
    """A user and a password, both in a Kubernetes secret."""

    username: SecretKeyReference = Field(description="Where the name of the user is kept.")
    password: SecretKeyReference = Field(description="Where the password is kept.")


class Ec2Targets(Settings):
    """Instances of EC2 with some tags, scraped at their private addresses; labels: instance, name, zone, your own."""

    port: int = Field(ge=1, le=65535, description="Port of the metrics, e.g. 9100.")
    tags: dict[Annotated[str, Field(min_length=1, max_length=128)], Annotated[str, Field(max_length=256)]] = Field(
        min_length=1, description="Tags that an instance must have; * in a value stands for anything."
    )
    region: Region | None = Field(default=None, description="Region. Default: the environment's.")
    path: Annotated[str, *text(r"/\S*", "a path like /metrics")] = Field(
        default="/metrics", description="Path of the metrics. Default: /metrics."
    )
    scheme: Literal["http", "https"] = Field(default="http", description="http or https. Default: http.")
    interval: Duration | None = Field(default=None, description="How often they are scraped. Default: Prometheus' own.")
    labels: dict[MetricLabel, str] = Field(default={}, description="Labels of all their metrics. Default: none.")
    security_group_id: SecurityGroupId | None = Field(
        default=None,
        description="Security group of the instances, in the cluster's VPC or a peer of it; gets a rule that lets the "
        "cluster's nodes in. Default: none, the port is open to them already.",
    )


class OwnRemoteWrite(Settings):
    """A store that takes Prometheus' remote write: Grafana Cloud, Mimir, VictoriaMetrics, Thanos Receive or another."""

    url: HttpUrl = Field(description="Where it is written to, e.g. https://mimir.example.com/api/v1/push.")
    basic_auth: BasicLogin | None = Field(default=None, description="User and password. Default: none.")
    bearer_token: SecretKeyReference | None = Field(default=None, description="A token. Default: none.")
    headers: dict[HeaderName, str] = Field(
        default={}, description="HTTP headers like X-Scope-OrgID; nothing secret. Default: none."
    )
    keep_metrics: tuple[MetricPattern, ...] = Field(
        default=(), description="Only metrics whose whole name matches one of these are sent. Default: all."
    )
    drop_metrics: tuple[MetricPattern, ...] = Field(
        default=(), description="Metrics whose whole name matches one of these are not sent. Default: none."
    )
    timeout: Duration = Field(default="30s", description="How long one request may take. Default: 30s.")
    max_samples_per_send: int = Field(default=2000, ge=1, description="Samples in one request. Default: 2000.")
    max_shards: int = Field(default=50, ge=1, description="Requests that are sent at the same time. Default: 50.")
    capacity: int = Field(default=10_000, ge=1, description="Samples that wait for each shard. Default: 10000.")

    def problems(self) -> Iterator[Problem]:
        """Yield two logins, filters that do not compile, and secrets in plain text."""
        if self.basic_auth is not None and self.bearer_token is not None:
            yield Problem((), "give either basic_auth or bearer_token")
        if "@" in self.url.split("//")[1].split("/")[0]:
            yield Problem(("url",), "has a login in it; give basic_auth")
        for name in self.headers:
            if name.lower() in ("authorization", "proxy-authorization", "x-api-key"):
                yield Problem(("headers", name), PLAIN_TEXT)
        for field in ("keep_metrics", "drop_metrics"):
            for position, pattern in enumerate(getattr(self, field)):
                yield from problems_of_regex(pattern, (field, position))
        if self.capacity < self.max_samples_per_send:
            yield Problem(("capacity",), f"{self.capacity} is below max_samples_per_send {self.max_samples_per_send}")
        if not seconds_of(self.timeout):
            yield Problem(("timeout",), "must be more than 0")


class RemoteRead(Settings):
    """A store from which Prometheus answers queries that go beyond its own data."""

    url: HttpUrl = Field(description="Where it is read from, e.g. https://metrics.example.com/api/v1/read.")
    basic_auth: BasicLogin | None = Field(default=None, description="User and password. Default: none.")
    bearer_token: SecretKeyReference | None = Field(default=None, description="A token. Default: none.")
    read_recent: bool = Field(
        default=False, description="Ask it also for times that Prometheus has itself. Default: false."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield two logins."""
        if self.basic_auth is not None and self.bearer_token is not None:
            yield Problem((), "give either basic_auth or bearer_token")


class DataSource(Settings):
    """A data source of Grafana: Loki, Tempo, CloudWatch or any other."""

    type: DataSourceType = Field(description="Type like loki, tempo, cloudwatch or elasticsearch.")
    uid: DataSourceUid | None = Field(
        default=None, description="By which dashboards and other data sources name it. Default: the name given here."
    )
    url: HttpUrl | None = Field(default=None, description="Where Grafana finds it. Default: none, e.g. for CloudWatch.")
    user: str | None = Field(default=None, min_length=1, description="User of the data source. Default: none.")
    basic_auth_user: str | None = Field(
        default=None,
        min_length=1,
        description="User of HTTP; its password is basicAuthPassword in secure. Default: none.",
    )
    options: dict[str, JsonValue] = Field(
        default={}, description="The data source's jsonData, like {maxLines: 1000}; nothing secret. Default: none."
    )
    secure: dict[SecureField, SecretKeyReference] = Field(
        default={}, description="Fields of secureJsonData, like password or httpHeaderValue1. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield secrets in plain text, and a user of HTTP without a password."""
        for location in literal_secrets(self.options):
            yield Problem(("options", *location), "is a secret in plain text; give it in secure")
        if self.basic_auth_user is not None and "basicAuthPassword" not in self.secure:
            yield Problem(("basic_auth_user",), "goes with basicAuthPassword in secure")


DataSources = dict[KubernetesName, DataSource]
