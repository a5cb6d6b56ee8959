"""Addresses of resources in users' states: one that changes without a move destroys what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.paths import ROOT
from tests import last_release
from tests.last_release import addresses, environment_of
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from tests.synthesis import Stack

UPGRADE_NOTES = ROOT / "docs" / "upgrades.md"


def unaccounted(stack: Stack, former: list[str], notes: str) -> list[str]:
    """Return the former addresses that a stack neither has nor moves, and that no upgrade note names."""
    made = {f"{type_}.{name}" for type_, resources in stack.json["resource"].items() for name in resources}
    moved = {move["from"] for move in stack.json.get("moved", [])}
    return [address for address in former if address not in made | moved and address not in notes]


@pytest.mark.parametrize("name", ["dev", "prod", "qa", "everything"])
def test_every_address_of_the_last_release_is_there_or_moves(name: str, tmp_path: Path) -> None:
    synthesized = synthesize([environment_of(name)], tmp_path / "cdktf.out")
    notes = UPGRADE_NOTES.read_text(encoding="utf-8")
    former = {stack: found for stack, found in addresses().items() if stack in synthesized.stacks}
    assert former
    lost = {stack: unaccounted(synthesized[stack], found, notes) for stack, found in former.items()}
    assert {stack: found for stack, found in lost.items() if found} == {}, (
        "give each resource a move (constructs/former_address.py), or write its address and what to do into "
        "docs/upgrades.md"
    )


def test_a_release_writes_what_the_next_one_is_compared_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last_release.write(tmp_path)
    monkeypatch.setattr(last_release, "FOLDER", tmp_path)
    for name in last_release.SOURCES:
        synthesized = synthesize([environment_of(name)], tmp_path / f"{name}.out")
        former = {stack: found for stack, found in addresses().items() if stack in synthesized.stacks}
        assert former
        assert [unaccounted(synthesized[stack], found, "") for stack, found in former.items()] == [[]] * len(former)
    assert list(last_release.stacks_of("dev")) == [f"dev-{stack}" for stack in last_release.STACKS]
    assert last_release.expected() == {"replaced": {}, "moved": [], "interrupted": {}}


def test_an_address_that_goes_is_noticed(tmp_path: Path) -> None:
    stack = synthesize([environment_of("dev")], tmp_path / "cdktf.out")["dev-network"]
    assert unaccounted(stack, ["aws_vpc.vpc_of_yesterday"], "") == ["aws_vpc.vpc_of_yesterday"]
    assert unaccounted(stack, ["aws_vpc.vpc_of_yesterday"], "`aws_vpc.vpc_of_yesterday` goes: …") == []
