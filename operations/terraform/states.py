"""Reads states, without starting terraform where a state is a local file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Stack


class Identity(NamedTuple):
    """Distinguishes one version of a state from every other: the history that it belongs to, and its number there."""

    lineage: str
    serial: int

    def __str__(self) -> str:
        """Write it for a message."""
        return f"serial {self.serial}" if self.lineage else "no state"


NOTHING = Identity("", 0)


def local_file(stack: Stack) -> Path | None:
    """Return the file of a local state, which may not be there; None for the other backends."""
    kind, settings = stack.backend
    return (stack.folder / settings["path"]).resolve() if kind == "local" else None


def read_local(stack: Stack) -> dict[str, Any] | None:
    """Read a local state; empty where nothing has been applied, None where terraform has to be asked.

    That is so for every other backend, and for a state that OpenTofu encrypts.
    """
    file = local_file(stack)
    if file is None:
        return None
    try:
        state = json.loads(file.read_text(encoding="utf-8") or "{}")
    except FileNotFoundError:
        return {}
    except ValueError:
        return None
    return state if isinstance(state, dict) and "encrypted_data" not in state else None


def identity(state: dict[str, Any]) -> Identity:
    """Return which version of which state it is."""
    return Identity(state.get("lineage", ""), state.get("serial", 0)) if state else NOTHING


def is_empty(state: dict[str, Any]) -> bool:
    """Whether nothing has been applied, or everything was destroyed."""
    return not state.get("resources")
