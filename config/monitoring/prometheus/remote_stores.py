"""Settings of stores that Prometheus writes samples to, or reads them from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.files.literal_secrets import PLAIN_TEXT
from config.core.settings import Problem, Settings
from config.core.types import Duration, text
from config.monitoring.durations import seconds_of
from config.monitoring.logins import BasicLogin, HttpUrl, SecretKeyReference
from config.monitoring.prometheus.scrape_configs import problems_of_regex

if TYPE_CHECKING:
    from collections.abc import Iterator


MetricPattern = Annotated[str, Field(min_length=1, max_length=1024)]
HeaderName = Annotated[str, *text(r"[A-Za-z0-9-]+", "the name of an HTTP header")]


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
