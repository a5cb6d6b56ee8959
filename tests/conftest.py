"""One synthesis of the shipped environments for the whole session, and short ways to vary an environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

import faststart

faststart.install()
# Before its import, so that its assertions explain themselves.
pytest.register_assert_rewrite("tests.core.project")

from config.core import problems  # noqa: E402 (after the lazy loading is on)
from config.environment import Environment  # noqa: E402
from config.loading import load_environments  # noqa: E402
from config.paths import ENVIRONMENTS  # noqa: E402
from tests import fuzzing, programs, surroundings  # noqa: E402, F401 (fuzzing says how property tests run)
from tests.core.project import Project  # noqa: E402
from tests.environments import EVERYTHING_FILE, FILES, read_environment  # noqa: E402
from tests.synthesis import Synthesized, synthesize  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

Vary = Callable[..., Environment]
# Most tests are about one node group, and not about one in each zone.
ONE_GROUP = {"one_group_per_zone": False, "instance_types": ["t3.medium"], "desired_size": 3, "max_size": 10}
# There is one to go to and one that it came from.
BEFORE_THE_NEWEST = "1.35"
SynthesizeOne = Callable[[Environment], Synthesized]


def pytest_configure(config: pytest.Config) -> None:
    """Hide the machine: its programs that a test does not declare, its home, time zone, language and umask."""
    config.pluginmanager.register(surroundings.Surroundings())
    config.pluginmanager.register(programs.Guard())


@pytest.fixture(autouse=True)
def _every_test_sees_its_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "_shown_notices", {})


@pytest.fixture(scope="session")
def environments() -> tuple[Environment, ...]:
    """The shipped environments."""
    return load_environments(ENVIRONMENTS)


@pytest.fixture(scope="session")
def synthesized(environments: tuple[Environment, ...], tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Every stack of every shipped environment."""
    return synthesize(environments, tmp_path_factory.mktemp("shipped") / "cdktf.out")


@pytest.fixture(scope="session")
def everything_environment() -> Environment:
    """The environment in which every part is switched on."""
    return read_environment(EVERYTHING_FILE)


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Every stack of the environments that give every setting: `everything-…`, `another-…` and so on."""
    return synthesize(map(read_environment, FILES), tmp_path_factory.mktemp("everything") / "cdktf.out")


@pytest.fixture(scope="session")
def vary(environments: tuple[Environment, ...]) -> Vary:
    """Return `dev` with some settings changed, e.g. `vary({"cluster.version": "1.34"})`."""
    dev = next(environment for environment in environments if environment.name == "dev")

    def change(settings: dict[str, Any]) -> Environment:
        data = dev.model_dump(mode="json", exclude_unset=True)
        data["cluster"]["node_groups"]["general"] |= ONE_GROUP
        data["cluster"]["version"] = BEFORE_THE_NEWEST
        for path, value in settings.items():
            *parents, last = path.split(".")
            target = data
            for parent in parents:
                target = target.setdefault(parent, {})
            target[last] = deepcopy(value)
        return Environment.model_validate_json(json.dumps(data))

    return change


@pytest.fixture
def synthesize_one(tmp_path: Path) -> SynthesizeOne:
    """Return a function that synthesizes one environment of the test's own."""
    return lambda environment: synthesize([environment], tmp_path / "cdktf.out")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty project."""
    return Project(tmp_path)
