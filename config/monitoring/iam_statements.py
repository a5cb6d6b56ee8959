"""Statements of IAM policies that users give Prometheus and Grafana in addition to the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import text

if TYPE_CHECKING:
    from collections.abc import Iterator


Action = Annotated[str, *text(r"[a-z0-9-]+:[A-Za-z0-9*?]+", "an action like cloudwatch:GetMetricData")]
Resource = Annotated[str, *text(r"\*|arn:aws[a-z-]*:\S+", "an ARN, or * where the action knows no resources")]
PolicyName = Annotated[
    str, *text(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "a name of lower-case letters, digits and dashes")
]


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
