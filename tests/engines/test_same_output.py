"""Both engines make the same of every environment, except a short list of differences."""

from __future__ import annotations

import json
import os
import subprocess
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from config import engine
from config.paths import ROOT
from operations.lock import LOCK_FILE
from tests.environments import FILES, read_environment
from tests.integration.project import files_under
from tests.programs import need
from tests.synthesis import synthesize
from tests.workloads import examples

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from config.environment import Environment
    from tests.conftest import Vary
    from tests.synthesis import Synthesized

# Providers behind the locked bindings: Terraform reads `aws` as `hashicorp/aws`.
PROVIDERS = {
    "aws": ({"source": "aws", "version": "6.25.0"}, {"source": "hashicorp/aws", "version": "6.69.1"}),
    "helm": ({"source": "helm", "version": "3.1.1"}, {"source": "helm", "version": "3.3.0"}),
    "kubernetes": (
        {"source": "kubernetes", "version": "2.38.0"},
        {"source": "hashicorp/kubernetes", "version": "3.4.0"},
    ),
}
# Without bindings: the same provider under both engines.
WITHOUT_BINDINGS = ("grafana", "http")
# Of one block Terraform reads `{…}` and `[{…}]` alike.
BLOCKS_AS_LISTS = {"kubernetes_namespace_v1": "metadata"}


def terrain_python() -> Path:
    """Return the Python that has CDK Terrain; skip the test where there is none."""
    need("terrain")
    return engine.Engine.TERRAIN.python


def synthesize_with_terrain(environments: Iterable[Environment], outdir: Path) -> None:
    """Build and synthesize the environments by a Python that has CDK Terrain."""
    data = [environment.model_dump(mode="json", exclude_unset=True) for environment in environments]
    subprocess.run(
        [terrain_python(), "-W", "error", "-m", "tests.engines.synthesize", str(outdir)],
        input=json.dumps(data), text=True, check=True, capture_output=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "faststart" / "src")},
    )  # fmt: skip


def version_of(library: str) -> str:
    """Return the locked version of an engine's library."""
    lock = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    version: str
    (version,) = {group[library]["version"].removeprefix("==") for group in lock.values() if library in group}
    return version


def as_terrain_writes(document: dict[str, Any]) -> dict[str, Any]:
    """Apply the list of differences to what CDKTF wrote."""
    document = deepcopy(document)
    document["//"]["metadata"]["version"] = version_of("cdktn")
    for name, requirement in document["terraform"]["required_providers"].items():
        if name in WITHOUT_BINDINGS:
            continue
        before, after = PROVIDERS[name]
        assert requirement == before
        requirement.update(after)
    for type_, block in BLOCKS_AS_LISTS.items():
        for resource in document.get("resource", {}).get(type_, {}).values():
            resource[block] = [resource[block]]
    return document


def assert_same(by_cdktf: Path, by_terrain: Path) -> None:
    """Compare every file of two folders that the engines wrote."""
    ours, theirs = files_under(by_cdktf), files_under(by_terrain)
    assert ours.keys() == theirs.keys()
    for path, content in ours.items():
        if path.endswith("cdk.tf.json"):
            assert as_terrain_writes(json.loads(content)) == json.loads(theirs[path]), path
        elif path == "manifest.json":
            assert {**json.loads(content), "version": version_of("cdktn")} == json.loads(theirs[path])
        else:
            assert content == theirs[path], path


def test_shipped_environments(environments: tuple[Environment, ...], synthesized: Synthesized, tmp_path: Path) -> None:
    synthesize_with_terrain(environments, tmp_path)

    assert_same(synthesized.outdir, tmp_path)


def test_every_setting(everything: Synthesized, tmp_path: Path) -> None:
    synthesize_with_terrain([read_environment(file) for file in FILES], tmp_path)

    assert_same(everything.outdir, tmp_path)


@pytest.mark.parametrize(
    "backend",
    [
        {"type": "s3", "bucket": "example-state"},
        {"type": "cloud", "organization": "acme"},
    ],
    ids=["s3", "cloud"],
)
def test_applications_add_ons_and_other_backends(vary: Vary, tmp_path: Path, backend: dict[str, str]) -> None:
    applications = {"app": examples.everything(), "plain": examples.small(namespace="shop")}
    environment = vary({**examples.ADDONS, "workloads": applications, "backend": backend})
    synthesize([environment], tmp_path / "cdktf")
    synthesize_with_terrain([environment], tmp_path / "terrain")

    assert_same(tmp_path / "cdktf", tmp_path / "terrain")


def test_what_both_engines_need_is_locked_to_the_same_version() -> None:
    lock = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    shared = lock["default"].keys() & lock["terrain"].keys()
    assert "jsii" in shared
    assert {name for name in shared if lock["default"][name]["version"] != lock["terrain"][name]["version"]} == set()


def test_the_providers_of_both_engines_are_the_same() -> None:
    lock = json.loads(LOCK_FILE.read_text(encoding="utf-8"))
    by_cdktf = {name.removeprefix("cdktf-cdktf-provider-") for name in lock["default"] if name.startswith("cdktf-")}
    by_terrain = {name.removeprefix("cdktn-provider-") for name in lock["terrain"] if name.startswith("cdktn-")}
    assert by_cdktf == by_terrain == PROVIDERS.keys()
