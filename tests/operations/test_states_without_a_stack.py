"""States that no environment has any more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from operations.deploying.leftovers import states_without_a_stack

if TYPE_CHECKING:
    from pathlib import Path


def test_a_state_of_a_deleted_environment_is_named_with_what_to_do(tmp_path: Path) -> None:
    resources: dict[str, list[object]] = {"dev-network": [{}], "old-network": [{}], "old-cluster": []}
    for name, found in resources.items():
        (tmp_path / f"{name}.tfstate").write_text(json.dumps({"resources": found}), encoding="utf-8")
    (line,) = states_without_a_stack(tmp_path, ["dev-network"])
    assert line.startswith("old-network has a state with resources and no environment")
    assert "./eks destroy" in line


def test_a_state_that_cannot_be_read_counts(tmp_path: Path) -> None:
    (tmp_path / "old-network.tfstate").write_text("no JSON", encoding="utf-8")
    assert len(states_without_a_stack(tmp_path, [])) == 1


def test_no_states_are_none(tmp_path: Path) -> None:
    assert states_without_a_stack(tmp_path / "missing", []) == ()
