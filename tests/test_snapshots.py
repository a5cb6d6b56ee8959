"""The whole Terraform JSON of every stack of every shipped environment.

After a change that is meant: `make snapshots`, then read the difference as a user would read a plan.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

from config.loading import load_environments
from tests.conftest import ENVIRONMENTS

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.synthesis import Synthesized

STACKS = ("network", "cluster", "csi-addon", "kube-prom-stack")


@pytest.mark.parametrize(
    "name", [f"{environment.name}-{stack}" for environment in load_environments(ENVIRONMENTS) for stack in STACKS]
)
def test_stack(name: str, synthesized: Synthesized, snapshot: SnapshotAssertion) -> None:
    assert readable(synthesized[name].json) == snapshot(extension_class=JSONSnapshotExtension)


def test_there_is_no_other_stack(synthesized: Synthesized) -> None:
    environments = {environment.name for environment in load_environments(ENVIRONMENTS)}
    assert set(synthesized.stacks) == {f"{environment}-{stack}" for environment in environments for stack in STACKS}


def readable(value: Any) -> Any:
    """Show JSON that is embedded in text as what it holds: policies, chart values, configurations."""
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, str) and value.startswith('{"'):
        return {"as JSON text": readable(json.loads(value))}
    return value
