"""Synthesizes environments for tests, and finds things in the Terraform JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from config.environment import Environment

Json = Any


@dataclass(frozen=True)
class Stack:
    """The Terraform JSON of one stack."""

    name: str
    json: dict[str, Json]

    def resources(self, type_: str) -> dict[str, dict[str, Json]]:
        """Return the resources of a type by logical id."""
        found: dict[str, dict[str, Json]] = self.json.get("resource", {}).get(type_, {})
        return found

    def resource(self, type_: str) -> dict[str, Json]:
        """Return the only resource of a type."""
        (found,) = self.resources(type_).values()
        return found

    def data(self, type_: str) -> dict[str, dict[str, Json]]:
        """Return the data sources of a type by logical id."""
        found: dict[str, dict[str, Json]] = self.json.get("data", {}).get(type_, {})
        return found

    def all_resources(self) -> Iterator[tuple[str, str, dict[str, Json]]]:
        """Yield type, logical id and body of every resource."""
        for type_, resources in self.json.get("resource", {}).items():
            for id_, body in resources.items():
                yield type_, id_, body

    def policy_document(self, reference: str) -> dict[str, Json]:
        """Return the policy document that an attribute refers to."""
        id_ = reference.removeprefix("${data.aws_iam_policy_document.").removesuffix(".json}")
        return self.data("aws_iam_policy_document")[id_]

    def release(self, name: str = "kube-prometheus-stack") -> dict[str, Json]:
        """Return the Helm release of a name."""
        (found,) = (body for body in self.resources("helm_release").values() if body["name"] == name)
        return found

    def values(self, name: str = "kube-prometheus-stack") -> dict[str, Json]:
        """Return the values of a Helm release."""
        (text,) = self.release(name)["values"]
        values: dict[str, Json] = json.loads(text)
        return values


@dataclass(frozen=True)
class Synthesized:
    """Everything that one synthesis wrote."""

    outdir: Path
    stacks: dict[str, Stack]
    manifest: dict[str, Json]

    def __getitem__(self, name: str) -> Stack:
        """Return the stack of that name."""
        return self.stacks[name]


def synthesize(environments: Iterable[Environment], outdir: Path) -> Synthesized:
    """Build and synthesize the environments into a folder."""
    from cdktf import App

    from stacks.build import APP_OPTIONS, build_stacks

    app = App(outdir=str(outdir), **APP_OPTIONS)
    for environment in environments:
        build_stacks(app, environment)
    app.synth()
    manifest = json.loads((outdir / "manifest.json").read_text())
    stacks = {
        name: Stack(name, _with_plain_blocks(json.loads((outdir / entry["synthesizedStackPath"]).read_text())))
        for name, entry in manifest["stacks"].items()
    }
    return Synthesized(outdir, stacks, manifest)


def _with_plain_blocks(document: dict[str, Json]) -> dict[str, Json]:
    """Write the one block of a namespace as an object: CDK Terrain writes a list, which Terraform reads as the same."""
    for namespace in document.get("resource", {}).get("kubernetes_namespace_v1", {}).values():
        if isinstance(namespace["metadata"], list):
            (namespace["metadata"],) = namespace["metadata"]
    return document
