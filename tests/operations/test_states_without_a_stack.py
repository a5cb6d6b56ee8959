"""States that no environment has any more, or whose stack the settings no longer ask for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from operations.remaining.remaining import local_states_without_a_stack
from operations.selection.synthesized import Synthesized
from tests.operations.stacks import empty_stack

if TYPE_CHECKING:
    from pathlib import Path

NONE = Synthesized({}, ())
VPC = {"mode": "managed", "type": "aws_vpc", "provider": 'provider["registry.terraform.io/hashicorp/aws"]'}


def test_a_state_of_a_deleted_environment_is_named_with_what_to_do(tmp_path: Path) -> None:
    data = {**VPC, "mode": "data"}
    resources = {"dev-network": [VPC], "old-network": [VPC], "old-cluster": [], "old-workloads": [data]}
    for name, found in resources.items():
        (tmp_path / f"{name}.tfstate").write_text(json.dumps({"resources": found}), encoding="utf-8")
    stacks = Synthesized({"dev-network": empty_stack(tmp_path, "dev", "network")}, ("dev",))
    (line,) = local_states_without_a_stack(tmp_path, stacks)
    assert line.startswith("old-network has a state with resources and no environment")
    assert "./eks destroy" in line


def test_a_state_of_a_stack_that_is_not_asked_for_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "dev-grafana-content.tfstate").write_text(json.dumps({"resources": [VPC]}), encoding="utf-8")
    (line,) = local_states_without_a_stack(tmp_path, Synthesized({}, ("dev",)))
    assert "the settings ask for no such stack" in line
    assert "./eks destroy dev-grafana-content" in line


def test_a_state_that_cannot_be_read_counts(tmp_path: Path) -> None:
    (tmp_path / "old-network.tfstate").write_text("no JSON", encoding="utf-8")
    assert len(local_states_without_a_stack(tmp_path, NONE)) == 1


def test_no_states_are_none(tmp_path: Path) -> None:
    assert local_states_without_a_stack(tmp_path / "missing", NONE) == ()
