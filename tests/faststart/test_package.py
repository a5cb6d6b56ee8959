"""The package as a wheel holds everything that it needs, and nothing else, and works without this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

from config.paths import ROOT
from tests.programs import need

FOLDER = ROOT / "faststart"
SOURCE = FOLDER / "src" / "faststart"
PROGRAM = """
import faststart, sys
faststart.install()
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
app = App(outdir=sys.argv[1])
stack = TerraformStack(app, "stack")
AwsProvider(stack, "aws")
S3Bucket(stack, "bucket")
app.synth()
print(faststart.__file__, len([name for name in sys.modules if name.startswith("cdktf_cdktf_provider_aws.")]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel by the installer of the project, which has the build backend in it."""
    need("uv")
    folder = tmp_path_factory.mktemp("wheel")
    command = ["uv", "build", "--wheel", "--offline", "--no-config", "--out-dir", str(folder), str(FOLDER)]
    subprocess.run(command, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("faststart/") and not name.endswith("/")}
    files = {
        str(file.relative_to(SOURCE.parent)) for file in SOURCE.rglob("*") if file.suffix in {".py", ".cjs", ".typed"}
    }
    assert packed == files
    assert {"faststart/py.typed", "faststart/node/preload.cjs"} <= packed


def test_version_and_licence_are_stated_once(wheel: Path) -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = BytesParser().parsebytes(archive.read(name))
    assert (metadata["Version"], metadata["License-Expression"]) == (project["version"], project["license"])
    assert "Requires-Dist" not in metadata
    assert f"## {project['version']}\n" in (FOLDER / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_unpacked_wheel_starts_a_program(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "out"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )
    file, modules = done.stdout.rsplit(maxsplit=1)
    assert Path(file) == installed / "faststart" / "__init__.py"
    assert int(modules) < 10, "every module of the provider was imported"
    assert (tmp_path / "out" / "stacks" / "stack" / "cdk.tf.json").is_file()
