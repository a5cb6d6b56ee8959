"""Local states as they are read without Terraform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from operations.terraform.states import NOTHING, Identity, identity, is_empty, read_local
from tests.operations.stacks import write_stacks

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Stack

STATE: dict[str, Any] = {"version": 4, "serial": 7, "lineage": "one", "resources": [{}]}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """Give dev-network with a local state that is still to be written."""
    (tmp_path / ".state").mkdir()
    return write_stacks(tmp_path / "cdktf.out").stacks["dev-network"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(STATE), STATE),
        ("", {}),
        ("not JSON", None),
        ("[]", None),
        (json.dumps({**STATE, "encrypted_data": "x"}), None),
    ],
)
def test_a_state_is_read(text: str, expected: dict[str, Any] | None, stack: Stack, tmp_path: Path) -> None:
    (tmp_path / ".state/dev-network.tfstate").write_text(text)
    assert read_local(stack) == expected


def test_a_state_that_is_not_there_is_empty(stack: Stack) -> None:
    state = read_local(stack)
    assert state is not None
    assert is_empty(state)
    assert identity(state) == NOTHING
    assert str(identity(state)) == "no state"


@pytest.mark.parametrize("backend", ["s3", "cloud"])
def test_only_terraform_reads_what_is_kept_elsewhere(backend: str, tmp_path: Path) -> None:
    assert read_local(write_stacks(tmp_path / "cdktf.out", backend=backend).stacks["dev-network"]) is None


def test_a_version_is_a_lineage_and_a_serial() -> None:
    assert identity(STATE) == Identity("one", 7)
    assert str(identity(STATE)) == "serial 7"
    assert identity({"resources": [{}]}) == Identity("", 0)
    assert not is_empty(STATE)
    assert is_empty({**STATE, "resources": []})
