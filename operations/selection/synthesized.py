"""Reads what synthesis wrote: the stacks, in what order they deploy, and what each reads of the others."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from config.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CONFIGURATION = "cdk.tf.json"
OUTPUT_REFERENCE = re.compile(r"\bdata\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)")
# What distinguishes one backend's state from another's, in a stack's own backend block and in its reader's data source.
STATE_KEYS = {"local": ("path",), "s3": ("bucket", "key"), "cloud": ("organization", "workspaces")}


def read_configuration(folder: Path) -> dict[str, Any]:
    """Return the Terraform JSON of the stack in a folder."""
    content: dict[str, Any] = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Place:
    """Where terraform runs: the folder with the configuration, and the one in which what `init` made stays.

    Attributes:
        environment: Whose AWS identity it uses: the name of an environment, or nothing for the caller's.

    """

    folder: Path
    home: Path
    environment: str = ""


@dataclass(frozen=True)
class Stack:
    """One stack: its name, its folder, the stacks that it reads, and where what terraform keeps of it stays."""

    name: str
    folder: Path
    dependencies: tuple[str, ...]
    home: Path | None = None

    @property
    def place(self) -> Place:
        """Where terraform runs for the stack."""
        return Place(self.folder, self.home or self.folder, self.environment)

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """The Terraform JSON, whole."""
        return read_configuration(self.folder)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The Terraform JSON without cdktf's notes, which no plan depends on."""
        return {key: value for key, value in self.configuration.items() if key != "//"}

    @property
    def environment(self) -> str:
        """The environment that the stack belongs to, as synthesis wrote it down."""
        return str(self._metadata["environment"])

    @property
    def kind(self) -> str:
        """What the stack is in its environment: network, cluster and so on."""
        return str(self._metadata["stack"])

    @property
    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = self.configuration["//"]["metadata"]
        return metadata

    @property
    def outputs(self) -> dict[str, Any]:
        """The declared outputs, by name."""
        declared: dict[str, Any] = self.configuration.get("output", {})
        return declared

    @property
    def remote_states(self) -> dict[str, Any]:
        """The data sources that read other stacks' outputs, by id."""
        sources: dict[str, Any] = self.configuration.get("data", {}).get("terraform_remote_state", {})
        return sources

    @property
    def backend(self) -> tuple[str, dict[str, Any]]:
        """The type of the backend (local, s3 or cloud) and its settings."""
        terraform = self.configuration["terraform"]
        if "cloud" in terraform:
            return "cloud", terraform["cloud"]
        ((kind, settings),) = terraform["backend"].items()
        return kind, settings

    def outputs_read(self) -> dict[str, frozenset[str]]:
        """Report which outputs are read through each data source."""
        read: dict[str, set[str]] = {source: set() for source in self.remote_states}
        for source, output in OUTPUT_REFERENCE.findall(json.dumps(self.content)):
            read[source].add(output)
        return {source: frozenset(names) for source, names in read.items()}


@dataclass(frozen=True)
class Synthesized:
    """Every stack of every environment, each one after those that it reads."""

    stacks: dict[str, Stack]
    environments: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path, environments: Iterable[str] = (), *, homes: Path | None = None) -> Synthesized:
        """Read the manifest in a folder that synthesis wrote from these environments.

        Terraform keeps what it makes of a stack in the stack's own folder, or in one of the same name among the homes.
        """
        entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["stacks"]
        order = TopologicalSorter({name: entry["dependencies"] for name, entry in sorted(entries.items())})
        return cls(
            {
                name: Stack(
                    name,
                    folder / entries[name]["workingDirectory"],
                    tuple(entries[name]["dependencies"]),
                    homes and homes / name,
                )
                for name in order.static_order()
            },
            tuple(sorted(environments)),
        )

    def with_consumers(self, names: Iterable[str]) -> frozenset[str]:
        """Add every stack that reads outputs of the named ones, directly or through others."""
        found = set(names)
        for stack in self.stacks.values():
            if found.intersection(stack.dependencies):
                found.add(stack.name)
        return frozenset(found)

    def with_upstream(self, names: Iterable[str]) -> frozenset[str]:
        """Add every stack whose outputs the named ones read, directly or through others."""
        found = set(names)
        for stack in reversed(self.stacks.values()):
            if stack.name in found:
                found.update(stack.dependencies)
        return frozenset(found)

    def producer_of(self, consumer: Stack, source: str) -> Stack:
        """Find the stack whose state a data source of the consumer reads."""
        wanted = consumer.remote_states[source]["config"]
        for name in consumer.dependencies:
            kind, settings = self.stacks[name].backend
            if all(_same_state(settings.get(key), wanted.get(key)) for key in STATE_KEYS[kind]):
                return self.stacks[name]
        raise UsageError(f"{consumer.name}: data source {source} reads a state that is no stack's own")


def _same_state(own: object, read: object) -> bool:
    """Compare one key; a workspace may have its project and its name in the stack's own block only."""
    if isinstance(own, dict) and isinstance(read, dict):
        return bool(own.get("name") == read.get("name"))
    return own == read
