"""What was confirmed is what is applied: the configuration, the plan and the state are those of the confirmation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.selection.synthesized import CONFIGURATION
from operations.terraform import states

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Stack
    from operations.terraform.states import Identity


@dataclass(frozen=True)
class Confirmed:
    """What a plan was made of, and the plan itself.

    Attributes:
        configuration: Digest of the Terraform JSON.
        plan: Digest of the saved plan; None for a first apply, which has none.
        state: The version of the state; None where it is not a local file: terraform compares it in any case.

    """

    configuration: str
    plan: str | None
    state: Identity | None


def confirmed(stack: Stack, plan: Path | None, before: dict[str, Any] | None) -> Confirmed:
    """Take down what a plan is, with the state that was there before it was made."""
    state = None if before is None else states.identity(before)
    return Confirmed(_digest(stack.folder / CONFIGURATION), _digest(plan) if plan else None, state)


def difference(stack: Stack, plan: Path, wanted: Confirmed) -> str | None:
    """Report what no longer is as it was confirmed; None where everything is."""
    for file, digest in ((stack.folder / CONFIGURATION, wanted.configuration), (plan, wanted.plan)):
        if digest is None:
            continue
        try:
            if _digest(file) != digest:
                return f"{file.name} has changed"
        except FileNotFoundError:
            return f"{file.name} was deleted"
    state = states.read_local(stack)
    if wanted.state is not None and state is not None and states.identity(state) != wanted.state:
        return f"the state has changed: {states.identity(state)}, planned on {wanted.state}"
    return None


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
