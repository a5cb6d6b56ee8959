"""Settings of where Grafana keeps what users create by hand: users, preferences, dashboards of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, text
from config.monitoring.logins import SecretKeyReference

if TYPE_CHECKING:
    from collections.abc import Iterator

Word = Annotated[str, *text(r"[^\s;#]+", "a name without blanks")]


class GrafanaDatabase(Settings):
    """A PostgreSQL database that exists, such as one of Amazon RDS."""

    host: Annotated[str, *text(r"[A-Za-z0-9.-]+(?::\d{1,5})?", "a host, with a port where it is not 5432")] = Field(
        description="Host, with a port where it is not 5432."
    )
    name: Word = Field(default="grafana", description="Name of the database. Default: grafana.")
    user: Word = Field(default="grafana", description="User. Default: grafana.")
    password: SecretKeyReference = Field(description="Where the password is kept.")
    ssl_mode: Literal["require", "verify-full", "disable"] = Field(
        default="require", description="TLS to the database: require, verify-full, disable. Default: require."
    )


class GrafanaStorage(Settings):
    """A volume of Grafana's own, one that exists (of EFS, for instance), a database, or none."""

    kind: Literal["volume", "existing_claim", "postgres", "none"] = Field(
        default="volume",
        description="volume, existing_claim, postgres, or none: what is made by hand is then lost with the pod. "
        "A change from volume deletes the volume. Default: volume.",
    )
    existing_claim: KubernetesName | None = Field(
        default=None, description="PersistentVolumeClaim in the release's namespace. Default: unset."
    )
    postgres: GrafanaDatabase | None = Field(default=None, description="Database. Default: unset.")

    def problems(self) -> Iterator[Problem]:
        """Yield what the kind needs, and what it does not use."""
        for field in ("existing_claim", "postgres"):
            is_given = getattr(self, field) is not None
            if is_given != (self.kind == field):
                message = f"has no effect while kind is {self.kind}" if is_given else f"is needed while kind is {field}"
                yield Problem((field,), message)
