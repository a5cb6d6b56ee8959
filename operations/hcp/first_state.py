"""Gives a workspace its first state, with the lineage and serial that it has.

`terraform state push` would give the first state of a workspace a lineage of its own, and a workspace refuses a second
one of another lineage. https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-versions
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from pytfe.errors import TFEError
from pytfe.models import StateVersionCreateOptions, WorkspaceLockOptions

from config.core.errors import UsageError
from operations.hcp import hcp

if TYPE_CHECKING:
    from operations.selection.synthesized import Stack


def upload(stack: Stack, state: dict[str, Any]) -> None:
    """Write a state into the workspace of a stack, which has none.

    Raises:
        UsageError: The workspace is locked, or does not take it.

    """
    _, settings = stack.backend
    content = json.dumps(state).encode()
    options = StateVersionCreateOptions(
        serial=state["serial"],
        lineage=state["lineage"],
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        state=base64.b64encode(content).decode(),
    )
    try:
        workspace = hcp.workspace_of(stack)
        client = hcp.client(settings["hostname"])
        client.workspaces.lock(workspace.id, WorkspaceLockOptions(reason="./eks state move"))
        try:
            client.state_versions.create(workspace.id, options)
        finally:
            client.workspaces.unlock(workspace.id)
    except TFEError as problem:
        raise UsageError(f"{stack.name}: {settings['hostname']}: {problem}") from problem
