"""New environments: whatever is wished for plans, and what is wrong leaves nothing behind."""

from __future__ import annotations

import ipaddress
import shutil
from typing import TYPE_CHECKING

import pytest

from config.core.errors import UsageError
from config.loading import load_environments
from config.paths import VALUES
from operations.environments import new
from operations.environments.new import Wishes

if TYPE_CHECKING:
    from pathlib import Path

    from config.environment import Environment
    from tests.conftest import SynthesizeOne


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the shipped environments that new ones are written to."""
    shutil.copytree(VALUES, tmp_path / "values")
    monkeypatch.setattr(new, "ENVIRONMENTS", tmp_path / "values/environments")
    return tmp_path / "values/environments"


def written(folder: Path, wishes: Wishes) -> Environment:
    assert new.write(wishes) == f"values/environments/{wishes.name}.yaml"
    return next(one for one in load_environments(folder) if one.name == wishes.name)


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes("shop", "eu-west-1"),
        Wishes("shop", "cn-north-1", is_production=True, state="s3:shop-state", alerts="#on-call"),
        Wishes("shop", "us-east-1", zones=("us-east-1b", "us-east-1d", "us-east-1f"), state="cloud:acme"),
        Wishes("shop", "eu-west-1", existing_eks="our-cluster", alerts="#alerts"),
        Wishes("shop", "", context="admin@edge: 1"),
        Wishes("no", "eu-west-1"),
        Wishes("sixteen-letters1", "eu-west-1"),
    ],
)
def test_whatever_is_wished_for_is_an_environment(wishes: Wishes, folder: Path, synthesize_one: SynthesizeOne) -> None:
    environment = written(folder, wishes)
    assert synthesize_one(environment).stacks
    backend = f"{environment.backend.type}"
    assert backend == wishes.state.split(":")[0]


def test_two_new_networks_never_overlap(folder: Path) -> None:
    blocks = [written(folder, Wishes(name, "eu-west-1")).network for name in ("one", "two")]
    known = [ipaddress.IPv4Network(str(block.vpc_cidr)) for block in blocks if block is not None]
    assert len(known) == 2
    assert not known[0].overlaps(known[1])


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes("dev", "eu-west-1"), "the environment dev exists already"),
        (Wishes("../x", "eu-west-1"), "is not a valid name of an environment"),
        (Wishes("", "eu-west-1"), "is not a valid name of an environment"),
        (Wishes("Shop", "eu-west-1"), "values/environments/Shop.yaml"),
        (Wishes("a-name-that-is-too-long", "eu-west-1"), "at most 16 are allowed"),
        (Wishes("shop", "eu-west-1", alerts="#a: 'b' # c"), "is not a channel"),
        (Wishes("shop", "mars-1"), "values/environments/shop.yaml"),
        (Wishes("shop", "eu-west-1", state="ftp:x"), "--state ftp:x: local, s3:<bucket> or cloud:<organization>"),
        (Wishes("shop", "eu-west-1", state="s3:"), "--state s3:: local"),
    ],
)
def test_what_is_wrong_leaves_nothing_behind(wishes: Wishes, said: str, folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        new.write(wishes)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
