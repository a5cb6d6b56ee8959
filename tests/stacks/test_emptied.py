"""Stacks that are switched off, and the names of stacks that commands ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.core.files.remote_states import FOLDER, remaining, remember
from config.core.naming import STACKS, SWITCHED_OFF
from operations.selection.selection import Selection
from operations.selection.synthesized import Synthesized
from stacks.states.emptied import OPTIONAL
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Vary
    from tests.synthesis import Synthesized as Synthesis

S3 = {"backend": {"type": "s3", "bucket": "some-state"}}
CLOUD = {"backend": {"type": "cloud", "organization": "acme"}}
NONE = Synthesized({}, ("dev", "dev-cluster", "prod"))


def test_the_names_are_those_of_the_stacks(everything: Synthesis, synthesized: Synthesis) -> None:
    stacks = [*everything.stacks.values(), *synthesized.stacks.values()]
    assert {stack.json["//"]["metadata"]["stack"] for stack in stacks} == set(STACKS)
    assert tuple(kind.NAME for kind in OPTIONAL) == SWITCHED_OFF


@pytest.mark.parametrize("settings", [S3, CLOUD], ids=["s3", "cloud"])
@pytest.mark.parametrize("name", SWITCHED_OFF)
def test_what_a_command_has_found_elsewhere_is_emptied(
    name: str, settings: dict[str, Any], vary: Vary, tmp_path: Path
) -> None:
    off = {**settings, "csi_addon.enabled": False, "cluster_addons.cluster_autoscaler.enabled": False}
    remember(tmp_path, "dev", {f"dev-{name}": ["aws", "helm"]})
    remember(tmp_path, "prod", {"prod-workloads": ["helm"]})
    stacks = synthesize([vary(off)], tmp_path / "cdktf.out").stacks
    assert {stack for stack in stacks if "resource" not in stacks[stack].json} == {f"dev-{name}"}
    assert set(stacks[f"dev-{name}"].json["provider"]) == {"aws", "helm"}


def test_what_is_found_is_news_once(tmp_path: Path) -> None:
    assert not remember(tmp_path, "dev", {})
    assert not (tmp_path / FOLDER).exists()
    assert remember(tmp_path, "dev", {"dev-workloads": ["helm"]})
    assert not remember(tmp_path, "dev", {"dev-workloads": ["helm"]})
    assert remaining(tmp_path) == {"dev-workloads": ["helm"]}
    assert remember(tmp_path, "dev", {})
    assert remaining(tmp_path) == {}


@pytest.mark.parametrize(
    ("selection", "environments"),
    [
        (Selection("dev"), ["dev"]),
        (Selection(patterns=("dev-workloads",)), ["dev"]),
        (Selection(patterns=("dev",)), ["dev"]),
        (Selection(patterns=("dev-cluster",)), ["dev", "dev-cluster"]),
        (Selection(patterns=("...dev-network", "!prod-network")), ["dev"]),
        (Selection(patterns=("*-workloads",)), ["dev", "dev-cluster", "prod"]),
        (Selection(since="main"), ["dev", "dev-cluster", "prod"]),
    ],
)
def test_the_environments_of_a_selection_are_those_of_its_names(selection: Selection, environments: list[str]) -> None:
    assert list(selection.environments(NONE)) == environments
