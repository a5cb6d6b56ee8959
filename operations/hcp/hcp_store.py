"""Finds the workspaces with resources in an organization of HCP Terraform."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytfe.errors import NotFound, TFEError
from pytfe.models import WorkspaceListOptions

from config.core.errors import UsageError
from config.core.files.local_states import providers_in
from operations.hcp import hcp
from operations.remaining.store import EVERYWHERE

if TYPE_CHECKING:
    from pytfe import TFEClient


@dataclass(frozen=True)
class HcpStore:
    """An organization on a host, and what the names of workspaces begin with."""

    hostname: str
    organization: str
    prefix: str

    def environments(self) -> set[str]:
        """List the workspaces of the stack that every environment has."""
        end = f"-{EVERYWHERE}"
        options = WorkspaceListOptions(page_size=100, wildcard_name=f"*{end}")
        try:
            names = [str(found.name) for found in self._client().workspaces.list(self.organization, options)]
        except TFEError as problem:
            raise self._refused(problem) from problem
        own = (name.removeprefix(self.prefix) for name in names if name.startswith(self.prefix))
        return {name.removesuffix(end) for name in own if name.endswith(end)}

    def providers(self, stack: str) -> list[str]:
        """Read the workspace, and its state where it has resources."""
        client = self._client()
        try:
            workspace = client.workspaces.read(f"{self.prefix}{stack}", organization=self.organization)
            if not workspace.resource_count:
                return []
            return sorted(providers_in(json.loads(client.state_versions.download_current(workspace.id))))
        except NotFound:
            return []
        except TFEError as problem:
            raise self._refused(problem) from problem

    def _client(self) -> TFEClient:
        return hcp.client(self.hostname)

    def _refused(self, problem: Exception) -> UsageError:
        return UsageError(f"{self.hostname}/{self.organization}: {problem}")
