"""Choosing stacks, and what is known of them from the synthesized JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.core.errors import UsageError
from operations.selection.selection import select
from operations.selection.synthesized import Stack, Synthesized
from tests.operations.stacks import BACKENDS, empty_stack, write_stacks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def several(tmp_path: Path) -> Synthesized:
    """Give stacks of two environments; the name of one is that of a stack of the other."""
    stacks = (
        empty_stack(tmp_path, "eks", "network"),
        empty_stack(tmp_path, "eks", "cluster", ("eks-network",)),
        empty_stack(tmp_path, "eks-cluster", "cluster-addons"),
    )
    return Synthesized({stack.name: stack for stack in stacks}, ("eks", "eks-cluster"))


def names(stacks: tuple[Stack, ...]) -> list[str]:
    return [stack.name for stack in stacks]


def test_an_environment_keeps_to_its_own_stacks_whatever_it_is_called(several: Synthesized) -> None:
    assert names(select(several, environment="eks")) == ["eks-network", "eks-cluster"]
    assert names(select(several, environment="eks-cluster")) == ["eks-cluster-cluster-addons"]


def test_patterns_and_environment_narrow_each_other(several: Synthesized) -> None:
    assert names(select(several, environment="eks", patterns=["*-cluster"])) == ["eks-cluster"]
    assert names(select(several, patterns=["*"])) == list(several.stacks)


def test_fails_on_names_that_do_not_exist(several: Synthesized) -> None:
    with pytest.raises(UsageError, match=r"^there is no environment dev; there are eks, eks-cluster$"):
        select(several, environment="dev")
    with pytest.raises(UsageError, match=r"^no stack is named eks-netwrok; did you mean eks-network\?$"):
        select(several, patterns=["eks-netwrok"])
    with pytest.raises(UsageError, match=r"^no stack is named \*-workloads; there are eks-network, "):
        select(several, patterns=["!*-workloads"])


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["!eks-network"], ["eks-cluster", "eks-addons", "eks-cluster-cluster-addons"]),
        (["eks-*", "!*-addons"], ["eks-network", "eks-cluster"]),
        (["eks-cluster..."], ["eks-network", "eks-cluster"]),
        (["...eks-cluster"], ["eks-cluster", "eks-addons"]),
        (["...eks-cluster..."], ["eks-network", "eks-cluster", "eks-addons"]),
        (["!...eks-cluster"], ["eks-network", "eks-cluster-cluster-addons"]),
        (["eks"], ["eks-network", "eks-cluster", "eks-addons"]),
    ],
)
def test_stacks_are_left_out_and_chosen_with_what_they_read(
    patterns: list[str], chosen: list[str], several: Synthesized, tmp_path: Path
) -> None:
    addons = empty_stack(tmp_path, "eks", "addons", ("eks-cluster",))
    stacks = {name: stack for name, stack in several.stacks.items() if stack.environment == "eks"}
    rest = {name: stack for name, stack in several.stacks.items() if name not in stacks}
    whole = Synthesized({**stacks, addons.name: addons, **rest}, several.environments)
    assert names(select(whole, patterns=patterns)) == chosen


def test_consumers_are_found_through_others(several: Synthesized) -> None:
    chain = {
        **several.stacks,
        "eks-addons": Stack("eks-addons", several.stacks["eks-cluster"].folder, ("eks-cluster",)),
    }
    assert Synthesized(chain).with_consumers(["eks-network"]) == {"eks-network", "eks-cluster", "eks-addons"}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_the_producer_is_known_by_its_state(backend: str, tmp_path: Path) -> None:
    stacks = write_stacks(tmp_path, backend=backend)
    cluster = stacks.stacks["dev-cluster"]
    assert stacks.producer_of(cluster, "state-network").name == "dev-network"
    assert cluster.outputs_read() == {"state-network": {"vpc_id", "private_subnet_ids"}}
    assert list(stacks.stacks) == ["dev-network", "dev-cluster"]


def test_fails_on_a_state_that_is_no_stack_s(tmp_path: Path) -> None:
    stacks = write_stacks(tmp_path)
    cluster = stacks.stacks["dev-cluster"]
    cluster.remote_states["state-network"]["config"]["path"] = "elsewhere.tfstate"
    with pytest.raises(
        UsageError, match=r"^dev-cluster: data source state-network reads a state that is no stack's own$"
    ):
        stacks.producer_of(cluster, "state-network")
