"""Brings the workspaces of an environment in HCP Terraform in line with its stacks.

Dynamic AWS credentials: https://developer.hashicorp.com/terraform/cloud-docs/dynamic-provider-credentials/aws-configuration
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytfe.errors import NotFound
from pytfe.models import (
    CategoryType,
    Project,
    ProjectCreateOptions,
    ProjectListOptions,
    VariableCreateOptions,
    VCSRepoOptions,
    Workspace,
    WorkspaceAddRemoteStateConsumersOptions,
    WorkspaceCreateOptions,
    WorkspaceRemoveRemoteStateConsumersOptions,
    WorkspaceSettingOverwrites,
    WorkspaceUpdateOptions,
)

from config.core.errors import UsageError
from operations.hcp.cloud_settings import CloudSettings, Execution, Runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytfe import TFEClient

    from operations.selection.synthesized import Stack


@dataclass(frozen=True)
class CloudSetup:
    """One organization, and what its workspaces shall be."""

    client: TFEClient
    organization: str
    project: str | None
    settings: CloudSettings

    def run(self, stacks: Sequence[Stack]) -> Iterator[str]:
        """Bring every workspace in line, and say each thing that was changed."""
        project = self._project(self.project) if self.project else None
        workspaces: dict[str, Workspace] = {}
        for stack in stacks:
            workspaces[stack.name], changes = self._workspace(stack, project)
            yield from (f"{stack.name}: {change}" for change in changes)
            for change in self._variables(workspaces[stack.name]):
                yield f"{stack.name}: {change}"
        for stack in stacks:
            readers = {reader.name for reader in stacks if stack.name in reader.dependencies}
            for change in self._share(workspaces, stack.name, readers):
                yield f"{stack.name}: {change}"

    def _project(self, name: str) -> Project:
        for found in self.client.projects.list(self.organization, ProjectListOptions(name=name)):
            if found.name == name:
                return found
        return self.client.projects.create(self.organization, ProjectCreateOptions(name=name))

    def _workspace(self, stack: Stack, project: Project | None) -> tuple[Workspace, list[str]]:
        """Create or update the workspace of a stack; settings that are not ours stay as they are."""
        name = stack.backend[1]["workspaces"]["name"]
        wanted = self.settings.attributes(stack.name)
        own: dict[str, Any] = {
            "setting_overwrites": WorkspaceSettingOverwrites(execution_mode=True),
            "project": project,
        }
        try:
            workspace = self.client.workspaces.read(name, organization=self.organization)
        except NotFound:
            created = WorkspaceCreateOptions(name=name, **wanted, **own)
            return self.client.workspaces.create(self.organization, created), ["created"]
        differing = [key for key, value in wanted.items() if (getattr(workspace, key) or type(value)()) != value]
        if not differing:
            return workspace, []
        changed = WorkspaceUpdateOptions(**wanted, **own, vcs_repo=_repository(workspace))
        updated = self.client.workspaces.update_by_id(workspace.id, changed)
        return updated, [f"{key.replace('_', ' ')} set to {_text(wanted[key])}" for key in differing]

    def _variables(self, workspace: Workspace) -> Iterator[str]:
        """Set the variables; one that differs is replaced."""
        there = {found.key: found for found in self.client.variables.list(workspace.id)}
        for key, value in self.settings.variables().items():
            found = there.get(key)
            if found is not None and (found.value, found.category) == (value, CategoryType.ENV):
                continue
            if found is not None and found.id:
                self.client.variables.delete(workspace.id, found.id)
            self.client.variables.create(
                workspace.id,
                VariableCreateOptions(key=key, value=value, category=CategoryType.ENV, hcl=False, sensitive=False),
            )
            yield f"variable {key} set to {value}"

    def _share(self, workspaces: dict[str, Workspace], producer: str, readers: set[str]) -> Iterator[str]:
        """Let only the consumers read the producer's state."""
        own = workspaces[producer].id
        wanted = {workspaces[reader].id: reader for reader in readers}
        there = {found.id: found for found in self.client.workspaces.list_remote_state_consumers(own)}
        missing = [workspaces[reader] for reader in sorted(readers) if workspaces[reader].id not in there]
        extra = [found for identity, found in there.items() if identity not in wanted]
        if missing:
            added = WorkspaceAddRemoteStateConsumersOptions(workspaces=missing)
            self.client.workspaces.add_remote_state_consumers(own, added)
            yield f"state shared with {_names(missing)}"
        if extra:
            removed = WorkspaceRemoveRemoteStateConsumersOptions(workspaces=extra)
            self.client.workspaces.remove_remote_state_consumers(own, removed)
            yield f"state no longer shared with {_names(extra)}"


def check(stacks: Sequence[Stack], settings: CloudSettings) -> dict[str, Any]:
    """Return the `cloud` block that the stacks share.

    Raises:
        UsageError: The environment keeps its state elsewhere, or remote runs would have no credentials.
    """
    kind, cloud = stacks[0].backend
    if kind != "cloud":
        raise UsageError(
            f"{stacks[0].name} keeps its state elsewhere: its environment needs backend: {{type: cloud, …}}"
        )
    if settings.execution is Execution.REMOTE and settings.role_arn is None:
        raise UsageError("remote runs need a role to assume: ROLE_ARN=arn:aws:iam::123456789012:role/hcp-terraform")
    if settings.execution is Execution.LOCAL and settings.runs is Runs.VCS:
        raise UsageError("runs that commits start are remote: leave EXECUTION=local or RUNS=vcs out")
    return cloud


def _repository(workspace: Workspace) -> VCSRepoOptions | None:
    """Repeat the repository that a workspace is connected to, so that an update does not drop it."""
    if workspace.vcs_repo is None:
        return None
    return VCSRepoOptions.model_validate(workspace.vcs_repo.model_dump(include=set(VCSRepoOptions.model_fields)))


def _names(workspaces: Sequence[Workspace]) -> str:
    return ", ".join(str(workspace.name) for workspace in workspaces)


def _text(value: Any) -> str:  # noqa: ANN401 - the values of attributes()
    return str(getattr(value, "value", value)) or "none"
