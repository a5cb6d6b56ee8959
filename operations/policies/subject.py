"""What is checked: an environment with its settings and the resources of its stacks."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

REFERENCE: Final = re.compile(r"\$\{((?:data\.)?[a-z][a-z0-9_]*\.[\w-]+)\.[^}]*}")


@dataclass(frozen=True)
class Subject:
    """An environment: its settings with their defaults, and the Terraform JSON of its stacks by name."""

    environment: str
    settings: JsonValue
    stacks: Mapping[str, Mapping[str, Any]]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many resources of each type the environment has."""
        counts: Counter[str] = Counter()
        for configuration in self.stacks.values():
            counts.update({type_: len(bodies) for type_, bodies in configuration.get("resource", {}).items()})
        return dict(counts)


def planned(configuration: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a stack with what its plan knows of each resource.

    The plan has the values of other stacks and of data sources, and what the provider sets by default. An argument that
    only an apply will tell stays as it was written. What a resource refers to is kept in `depends_on`, as the values
    that the plan has do not say where they are from.
    """
    resources: dict[str, dict[str, Any]] = {
        type_: {name: dict(body) for name, body in bodies.items()}
        for type_, bodies in configuration.get("resource", {}).items()
    }
    for entry in plan.get("resource_changes", []):
        body = resources.get(entry["type"], {}).get(entry["name"])
        after = entry["change"].get("after")
        if body is None or after is None:
            continue
        known = {name: value for name, value in after.items() if value is not None}
        references = set(REFERENCE.findall(json.dumps({name: body[name] for name in body if name != "//"})))
        body.update(known)
        if references:
            body["depends_on"] = sorted({*body.get("depends_on", ()), *references})
    return {**configuration, "resource": resources}
