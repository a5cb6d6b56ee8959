"""The objects of a Terraform state.

Attributes take the form of the provider's schema, whatever version wrote them: what is missing is None, and so are
empty texts, lists and blocks, which say nothing of the object.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_WORKSPACE: Final = "default"
# Without `_v1` the kubernetes provider has the same types under their old names.
KUBERNETES_TYPES: Final = ("config_map", "namespace", "secret", "storage_class")
SHOWN: Final = 60


class Attributes(dict[str, Any]):
    """Attributes of an object: what a state does not have is None."""

    def __missing__(self, key: str) -> None:
        """Return None."""
        return


@dataclass(frozen=True)
class StateObject:
    """A resource instance of a state, its attributes in their present form and `raw` as the state has them.

    Deposed ones wait to be deleted by the layout's next apply.
    """

    unit: str
    address: str
    type: str
    attributes: Mapping[str, Any]
    raw: Mapping[str, Any] = field(default_factory=dict)
    schema_version: int = 0
    is_tainted: bool = False
    is_deposed: bool = False

    def __str__(self) -> str:
        return f"{self.address} of {self.unit}"


@dataclass(frozen=True)
class UnitState:
    """The state of one unit: where it was read, who wrote it, and what is in it."""

    unit: str
    source: str
    program: str
    terraform_version: str
    lineage: str
    serial: int
    workspace: str
    objects: tuple[StateObject, ...]


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    kinds = {dict: "an object", list: "a list", str: "text", bool: "a bool", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")


def shortened(value: object) -> str:
    """Return a JSON value as a text that fits into a message."""
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
