"""What the workspaces of an environment in HCP Terraform shall be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Execution(StrEnum):
    """Where terraform runs."""

    REMOTE = "remote"
    LOCAL = "local"


class Runs(StrEnum):
    """What starts a run."""

    CLI = "cli"
    VCS = "vcs"


@dataclass(frozen=True)
class CloudSettings:
    """What every workspace of an environment gets."""

    execution: Execution
    runs: Runs
    role_arn: str | None
    terraform_version: str

    def attributes(self, stack: str) -> dict[str, Any]:
        """Give the settings of a stack's workspace.

        A run that the command line starts gets the stack's folder alone, one that a commit starts the whole repository.
        """
        return {
            "execution_mode": self.execution.value,
            "terraform_version": self.terraform_version,
            "working_directory": f"cdktf.out/stacks/{stack}" if self.runs is Runs.VCS else "",
            "global_remote_state": False,
        }

    def variables(self) -> dict[str, str]:
        """Give the environment variables that make remote runs assume the role."""
        if self.role_arn is None:
            return {}
        return {"TFC_AWS_PROVIDER_AUTH": "true", "TFC_AWS_RUN_ROLE_ARN": self.role_arn}
