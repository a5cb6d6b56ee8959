"""Moving a checkout to CDK Terrain: what is renamed, what stays, and that it is done once."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from config.engine import Engine
from config.paths import ROOT
from operations import terrain
from tests.integration.project import Project, files_under, project_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def on_cdktf() -> None:
    """Skip these tests in a checkout that has moved."""
    if not Engine.CDKTF.is_here():
        pytest.skip("needs CDKTF, from which 'make terrain' has moved this checkout")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from cdktf import App, Token\n", "from cdktn import App, Token\n"),
        ("    from cdktf import (\n        App,\n    )\n", "    from cdktn import (\n        App,\n    )\n"),
        (
            "from cdktf_cdktf_provider_aws.vpc import Vpc as AwsVpc\n",
            "from cdktn_provider_aws.vpc import Vpc as AwsVpc\n",
        ),
        ("from cdktf_cdktf_provider_aws import vpc\n", "from cdktn_provider_aws import vpc\n"),
        ("import cdktf\ncdktf.App()\n", "import cdktn as cdktf\ncdktf.App()\n"),
        ("import cdktf, constructs\n", "import cdktn as cdktf, constructs\n"),
        ('"import x; from cdktf import App; y"\n', '"import x; from cdktn import App; y"\n'),
        ("import cdktf as c\n", "import cdktn as c\n"),
        ("import cdktf_cdktf_provider_aws.vpc\n", "import cdktn_provider_aws.vpc\n"),
        ('importlib.import_module("cdktf")\n', 'importlib.import_module("cdktn")\n'),
        # Of another kind: a module of ours, a command, a folder, a word.
        ("from operations.cdktf import UsageError\n", None),
        ("from cdktf_tools import x\nimport cdktfx\n", None),
        ('run("cdktf", "deploy")  # cdktf.out, and what cdktf imports\n', None),
    ],
)
def test_imports(before: str, after: str | None) -> None:
    assert terrain.rename_imports(before) == (after or before)
    assert terrain.rename_imports(after or before) == (after or before)


def test_packages_take_the_place_of_those_of_cdktf() -> None:
    before = tomllib.loads((ROOT / "Pipfile").read_text("utf-8"))
    after = tomllib.loads(terrain.move_packages((ROOT / "Pipfile").read_text("utf-8")))

    engine = {name: version for name, version in before.pop("terrain").items() if name.startswith("cdktn")}
    rest = {name: version for name, version in before["packages"].items() if not name.startswith("cdktf")}
    assert len(engine) == 4
    assert after == {**before, "packages": rest | engine}


def test_locked_packages_keep_their_versions_and_hashes() -> None:
    before = json.loads((ROOT / "Pipfile.lock").read_text("utf-8"))
    after = json.loads(terrain.move_locked_packages((ROOT / "Pipfile.lock").read_text("utf-8")))

    every = before.pop("terrain") | before.pop("default")
    assert after.pop("default") == {name: one for name, one in every.items() if not name.startswith("cdktf")}
    assert after == before


def test_other_settings_of_cdktf_json_stay() -> None:
    before = json.loads((ROOT / "cdktf.json").read_text("utf-8"))
    text = terrain.choose_terrain((ROOT / "cdktf.json").read_text("utf-8"))

    assert json.loads(text) == {**before, "cdk": "terrain"}
    assert terrain.choose_terrain(text) == text


def test_a_dry_run_writes_nothing_and_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    project = Project.copy_to(tmp_path / "a project")
    command = (sys.executable, "-I", "-S", "-c", RUN, str(project.folder))
    before = texts(project)
    dry = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert texts(project) == before

    moved = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    after = texts(project)
    changed = sorted(path for path in before if before[path] != after[path])
    assert before.keys() == after.keys()
    assert sorted(line.removeprefix("would change ") for line in dry) == changed
    assert sorted(line.removeprefix("changed ") for line in moved[:-1]) == changed
    assert {"cdktf.json", "Pipfile", "Pipfile.lock", "pyproject.toml", "stacks/base.py"} <= set(changed)

    again = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert again == "This checkout is on CDK Terrain.\n"
    assert texts(project) == after


def test_the_moved_checkout_writes_what_the_engine_wrote_before(tmp_path: Path) -> None:
    if not Engine.TERRAIN.python.is_file():
        pytest.skip("needs CDK Terrain, which 'CDK=terrain make synth' installs")
    project = Project.copy_to(tmp_path / "project")
    (project.folder / ".tools").mkdir()
    (project.folder / ".tools/terrain").symlink_to(Engine.TERRAIN.python.parents[1])
    project.with_environment(CDK="terrain").main().succeeded()
    before = files_under(project.synthesized)

    project.run("python", "-m", "operations.terrain").succeeded()
    # As `make` sets it up after the move.
    (project.folder / ".venv").unlink()
    (project.folder / ".tools").rename(tmp_path / "tools")
    (project.folder / ".venv").symlink_to(Engine.TERRAIN.python.parents[1])
    project.run(project.folder / ".venv/bin/python", "main.py").succeeded()

    assert files_under(project.synthesized) == before


# On a bare Python: nothing is installed when it runs.
RUN = (
    "import sys; sys.path.insert(0, sys.argv[1]); from operations import terrain; sys.exit(terrain.main(sys.argv[2:]))"
)


def texts(project: Project) -> dict[str, bytes]:
    """Return every file of the copy that git knows in the original."""
    return {
        str(path.relative_to(ROOT)): (project.folder / path.relative_to(ROOT)).read_bytes() for path in project_files()
    }
