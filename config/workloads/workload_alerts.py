"""Alerts about a workload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.core.languages.promql import read_expression
from config.core.settings import Problem, Settings
from config.core.types import Duration
from config.monitoring.alerting.receivers import Url

if TYPE_CHECKING:
    from collections.abc import Iterator


class WorkloadAlert(Settings):
    """An alert about the workload."""

    expr: Annotated[str, Field(min_length=1)] = Field(description="PromQL expression; each series of it is an alert.")
    for_duration: Duration = Field(
        default="5m", description="How long the expression must hold before the alert fires. Default: 5m."
    )
    severity: Literal["critical", "warning", "info"] = Field(
        default="warning", description="Severity, by which alerts are routed. Default: warning."
    )
    summary: Annotated[str, Field(min_length=1)] = Field(description="What is wrong, on one line; a Go template.")
    description: str | None = Field(default=None, description="What it means, and what to do. Default: none.")
    runbook_url: Url | None = Field(default=None, description="Page that describes what to do. Default: none.")

    def problems(self) -> Iterator[Problem]:
        """Yield an expression that Prometheus refuses."""
        complaint = read_expression(self.expr).complaint
        if complaint is not None:
            yield Problem(("expr",), f"is not PromQL: {complaint}")
