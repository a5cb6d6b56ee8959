"""The whole Terraform JSON of every stack of every shipped environment, and of the example workloads.

After a change that is meant: `make snapshots`, then read the difference as a user would read a plan.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

from tests.synthesis import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Vary
    from tests.synthesis import Synthesized

ALL = ("network", "cluster", "csi-addon", "cluster-addons", "kube-prom-stack")
STACKS = {"dev": ALL, "prod": ALL, "eks-anywhere": ("kube-prom-stack",), "minikube": ("kube-prom-stack",)}
NAMES = [f"{environment}-{stack}" for environment, stacks in STACKS.items() for stack in stacks]


@pytest.mark.parametrize("name", NAMES)
def test_stack(name: str, synthesized: Synthesized, snapshot: SnapshotAssertion) -> None:
    assert readable(synthesized[name].json) == snapshot(extension_class=JSONSnapshotExtension)


def test_stack_of_the_example_workloads(vary: Vary, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    examples = {"myapp": {"image": "registry.example.com/myapp:1.0.0"}, "notes": None}
    stack = synthesize([vary({"workloads": examples})], tmp_path / "cdktf.out")["dev-workloads"]
    assert readable(stack.json) == snapshot(extension_class=JSONSnapshotExtension)


def test_there_is_no_other_stack(synthesized: Synthesized) -> None:
    assert set(synthesized.stacks) == set(NAMES)


def readable(value: Any) -> Any:
    """Show JSON that is embedded in text as what it holds: policies, chart values, configurations."""
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, str) and value.startswith('{"'):
        return {"as JSON text": readable(json.loads(value))}
    return value
