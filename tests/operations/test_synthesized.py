"""Choosing stacks, and what is known of them from the synthesized JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operations.cdktf import UsageError
from operations.planning.synthesized import Stack, Synthesized
from tests.operations.stacks import BACKENDS, write_stacks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def several(tmp_path: Path) -> Synthesized:
    """Give stacks of two environments, one's name beginning the other's."""
    upstream = {"eks-network": (), "eks-cluster": ("eks-network",), "eks-anywhere-kube-prom-stack": ()}
    stacks = {name: Stack(name, tmp_path / name, dependencies) for name, dependencies in upstream.items()}
    return Synthesized(stacks, ("eks", "eks-anywhere"))


def names(stacks: tuple[Stack, ...]) -> list[str]:
    return [stack.name for stack in stacks]


def test_an_environment_whose_name_begins_another_keeps_to_its_own(several: Synthesized) -> None:
    assert names(several.select(environment="eks")) == ["eks-network", "eks-cluster"]
    assert names(several.select(environment="eks-anywhere")) == ["eks-anywhere-kube-prom-stack"]


def test_patterns_and_environment_narrow_each_other(several: Synthesized) -> None:
    assert names(several.select(environment="eks", patterns=["*-cluster"])) == ["eks-cluster"]
    assert names(several.select(patterns=["*"])) == list(several.stacks)


def test_fails_on_names_that_do_not_exist(several: Synthesized) -> None:
    with pytest.raises(UsageError, match=r"^there is no environment dev; there are eks, eks-anywhere$"):
        several.select(environment="dev")
    with pytest.raises(UsageError, match=r"^no stack is named eks-netwrok; there are eks-network, "):
        several.select(patterns=["eks-netwrok"])


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
