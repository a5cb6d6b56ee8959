"""The interface to a place with remote states: which of them have resources."""

from __future__ import annotations

from typing import Final, Protocol

# The stack that every environment has.
EVERYWHERE: Final = "kube-prom-stack"


class Store(Protocol):
    """Where an environment keeps its states. Each call raises a UsageError where it cannot be read."""

    def environments(self) -> set[str]:
        """Name the environments that have states in it, in this checkout or not."""

    def providers(self, stack: str) -> list[str]:
        """Name the providers of the resources in the state of a stack; none where nothing remains of it."""
