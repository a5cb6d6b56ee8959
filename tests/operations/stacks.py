"""Stacks as synthesis writes them, cut to what operating reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from operations.selection.synthesized import CONFIGURATION, Stack, Synthesized

if TYPE_CHECKING:
    from pathlib import Path

# A stack's own backend block, and what a reader's data source says of it.
BACKENDS: dict[str, Any] = {
    "local": (
        {"backend": {"local": {"path": "../../../.state/{}.tfstate"}}},
        {"backend": "local", "config": {"path": "../../../.state/{}.tfstate"}},
    ),
    "s3": (
        {"backend": {"s3": {"bucket": "b", "key": "{}.tfstate", "region": "eu-west-1", "use_lockfile": True}}},
        {"backend": "s3", "config": {"bucket": "b", "key": "{}.tfstate", "region": "eu-west-1"}},
    ),
    "cloud": (
        {"cloud": {"hostname": "h", "organization": "acme", "workspaces": {"name": "{}", "project": "p"}}},
        {"backend": "remote", "config": {"hostname": "h", "organization": "acme", "workspaces": {"name": "{}"}}},
    ),
}


def write_stacks(
    folder: Path,
    *,
    backend: str = "local",
    read: tuple[str, ...] = ("vpc_id", "private_subnet_ids"),
    environment: str = "dev",
) -> Synthesized:
    """Write a network stack and a cluster stack, which reads it, into a folder, and load them."""
    names = {name: f"{environment}-{name}" for name in ("network", "cluster")}
    _, source = BACKENDS[backend]
    references = [f"${{data.terraform_remote_state.state-network.outputs.{name}}}" for name in read]
    network = {
        "output": {"vpc_id": {"value": "${aws_vpc.main.id}"}},
        "resource": {"aws_vpc": {"main": _resource(f"{names['network']}/vpc/this")}},
    }
    cluster = {
        "data": {"terraform_remote_state": {"state-network": _named(source, names["network"])}},
        "resource": {
            "aws_eks_cluster": {"main": {**_resource(f"{names['cluster']}/eks/this"), "subnet_ids": references}}
        },
    }
    for kind, content in (("network", network), ("cluster", cluster)):
        _write(folder, names[kind], backend, {**identity(environment, kind), **content})
    manifest = {
        name: {"dependencies": upstream, "workingDirectory": f"stacks/{name}"}
        for name, upstream in {names["cluster"]: [names["network"]], names["network"]: []}.items()
    }
    (folder / "manifest.json").write_text(json.dumps({"stacks": manifest}))
    return Synthesized.load(folder, [environment])


def empty_stack(folder: Path, environment: str, kind: str, dependencies: tuple[str, ...] = ()) -> Stack:
    """Write a stack with nothing in it but what synthesis notes of it."""
    name = f"{environment}-{kind}"
    (folder / name).mkdir(exist_ok=True)
    (folder / name / CONFIGURATION).write_text(json.dumps(identity(environment, kind)))
    return Stack(name, folder / name, dependencies)


def identity(environment: str, kind: str) -> dict[str, Any]:
    """Give what synthesis notes of a stack: its environment, and what it is there."""
    return {"//": {"metadata": {"environment": environment, "stack": kind}}}


def _resource(path: str) -> dict[str, Any]:
    return {"//": {"metadata": {"path": path}}}


def _write(folder: Path, name: str, backend: str, content: dict[str, Any]) -> None:
    block, _ = BACKENDS[backend]
    target = folder / "stacks" / name
    target.mkdir(parents=True)
    (target / "cdk.tf.json").write_text(json.dumps({"terraform": _named(block, name), **content}))


def _named(template: Any, name: str) -> Any:
    return json.loads(json.dumps(template).replace("{}", name))
