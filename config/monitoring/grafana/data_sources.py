"""Settings of Grafana's data sources, in addition to those that the project makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, JsonValue

from config.core.files.literal_secrets import literal_secrets
from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, text
from config.monitoring.logins import HttpUrl, SecretKeyReference

if TYPE_CHECKING:
    from collections.abc import Iterator


# https://grafana.com/docs/grafana/latest/datasources/
DataSourceType = Annotated[str, *text(r"[a-z0-9]+(?:-[a-z0-9]+)*", "the type of a data source, like loki or tempo")]
DataSourceUid = Annotated[str, *text(r"[a-zA-Z0-9_-]{1,40}", "a uid of letters, digits, - and _")]
SecureField = Annotated[str, *text(r"[a-zA-Z][a-zA-Z0-9]*", "a field of secureJsonData like password")]
# Uids of the data sources that this project and the chart make.
TAKEN_UIDS: Final = ("prometheus", "alertmanager", "thanos", "managed-prometheus")


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
            yield Problem(("basic_auth_user",), "requires basicAuthPassword in secure")


DataSources = dict[KubernetesName, DataSource]
