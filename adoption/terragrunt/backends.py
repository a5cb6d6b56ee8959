"""Where the files of Terragrunt or Terraform say that a state is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adoption.terragrunt.expressions import Scope
from adoption.terragrunt.hcl import parse
from adoption.terragrunt.remote_state import UNIT_FILE, Backend, File, backend_block, nameless, read
from adoption.terragrunt.trees import Unresolved

if TYPE_CHECKING:
    from pathlib import Path


def backend_of_unit(unit: Path) -> Backend | None:
    """Return what the files of a unit say; None where they say nothing.

    Raises:
        Unresolved: It depends on what only Terragrunt can evaluate.

    """
    path = unit / UNIT_FILE
    return None if not path.is_file() else File(path, unit).backend()


def backend_of_module(folder: Path) -> Backend | None:
    """Return the backend that Terraform's own files in a folder say; None where they say none."""
    for path in sorted(folder.glob("*.tf")):
        try:
            found = backend_block(parse(read(path)), Scope(nameless, {}))
        except Unresolved:
            # A module's other expressions are no matter here; one in a backend block Terraform itself refuses.
            continue
        if found is not None:
            return found
    for path in sorted(folder.glob("*.tf.json")):
        try:
            terraform = json.loads(read(path)).get("terraform", {})
            for type_, config in terraform.get("backend", {}).items():
                return Backend(type_, dict(config))
        except (ValueError, AttributeError, TypeError):
            continue
    return None


def is_only_included(folder: Path) -> bool:
    """Whether a `terragrunt.hcl` has no module of its own: other units include it."""
    try:
        body = parse(read(folder / UNIT_FILE))
    except Unresolved:
        return False
    return not body.all("terraform") and not body.all("include") and not list(folder.glob("*.tf"))
