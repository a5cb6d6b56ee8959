"""Sets up the workspaces of an environment, as the command line asks for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytfe.errors import TFEError

from config.core.errors import UsageError
from operations.console import print_text
from operations.hcp import cloud_setup, hcp
from operations.runs.folders import current_stacks
from operations.selection import selection
from operations.terraform.binary import terraform_binary, version_of

if TYPE_CHECKING:
    from operations.hcp.cloud_settings import CloudSettings


def set_up_cloud(environment: str, settings: CloudSettings) -> None:
    """Bring the workspaces of an environment in line, and print what was changed."""
    chosen = selection.select(current_stacks(), environment=environment)
    cloud = cloud_setup.check(chosen, settings)
    client = hcp.client(cloud["hostname"])
    setup = cloud_setup.CloudSetup(client, cloud["organization"], cloud["workspaces"].get("project"), settings)
    is_changed = False
    try:
        for change in setup.run(chosen):
            is_changed = True
            print_text(change)
    except TFEError as problem:
        raise UsageError(f"{cloud['hostname']}: {problem}") from problem
    if not is_changed:
        print_text("every workspace is as it should be, nothing changed")


def terraform_version_here() -> str:
    """Ask the terraform on the path for its version."""
    environment = dict(os.environ)
    return version_of(terraform_binary(environment), environment)
