"""Which engine is chosen, and what the names of CDKTF are where CDK Terrain is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from config import engine
from config.paths import ROOT
from tests.engines.test_same_output import terrain_python

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `cdktf.json` of the test's own, and a variable that says nothing."""
    monkeypatch.setenv("CDK", "")
    monkeypatch.setattr(engine, "SETTINGS", tmp_path / "cdktf.json")
    return tmp_path / "cdktf.json"


def test_cdktf_is_the_default(settings: Path) -> None:
    assert engine.chosen() is engine.Engine.CDKTF
    settings.write_text((ROOT / "cdktf.json").read_text("utf-8"))
    assert engine.chosen() is engine.Engine.CDKTF


def test_the_setting_is_read_and_the_variable_wins(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.write_text('{"cdk": "terrain"}')
    assert engine.chosen() is engine.Engine.TERRAIN
    monkeypatch.setenv("CDK", "cdktf")
    assert engine.chosen() is engine.Engine.CDKTF


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"cdk": "terrraform"}', "cdktf.json: cdk: 'terrraform' is no engine; allowed: cdktf, terrain"),
        ('{"cdk": 1}', "cdktf.json: cdk: '1' is no engine; allowed: cdktf, terrain"),
        ('{"cdk": "terrain"', "cdktf.json: Expecting ',' delimiter: line 1 column 18 (char 17)"),
    ],
)
def test_fails_on_an_unknown_setting(settings: Path, text: str, message: str) -> None:
    settings.write_text(text)
    with pytest.raises(engine.EngineError) as caught:
        engine.chosen()
    assert str(caught.value) == message


def test_main_says_an_unknown_engine_in_one_line_and_writes_nothing(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, ROOT / "main.py"], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "CDK": "pulumi"},
    )  # fmt: skip

    assert finished.returncode == 1
    assert finished.stderr == "variable CDK: 'pulumi' is no engine; allowed: cdktf, terrain\n"
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "ROOT", tmp_path)
    with pytest.raises(engine.EngineError, match=r"^cdktn is not installed: 'CDK=terrain make synth' installs it$"):
        engine.select("terrain")


@pytest.mark.parametrize("chosen", [{"CDK": "terrain"}, {}], ids=["variable", "setting"])
def test_a_program_continues_in_the_python_of_the_engine(tmp_path: Path, chosen: dict[str, str]) -> None:
    terrain_python()
    (tmp_path / "cdktf.json").write_text(json.dumps({"cdk": "terrain"}))
    finished = run(
        sys.executable,
        f"""
        import sys
        from config import engine
        from pathlib import Path
        engine.SETTINGS = Path({str(tmp_path / "cdktf.json")!r})
        engine.select()
        import cdktf
        print(cdktf.__name__, sys.argv[1:], sys.prefix.endswith(".tools/terrain"))
        """,
        **chosen,
    )

    assert finished.stdout == "cdktn ['an argument'] True\n", finished.stderr


def test_the_names_of_cdktf_are_the_modules_of_cdk_terrain() -> None:
    finished = run(
        terrain_python(),
        """
        import importlib, sys
        from config import engine
        engine.install_aliases()
        engine.install_aliases()
        import cdktf, cdktn
        from cdktf_cdktf_provider_helm import release
        from cdktf_cdktf_provider_helm.release import Release, ReleaseSet
        import cdktf_cdktf_provider_helm.provider as provider
        import cdktn_provider_helm.release
        assert cdktf is cdktn and cdktf.__spec__.name == "cdktn"
        assert release is cdktn_provider_helm.release and Release is release.Release
        assert release.__spec__.name == release.__name__ == "cdktn_provider_helm.release"
        assert provider.HelmProvider.__module__ == "cdktn_provider_helm.provider"
        root = sys.modules["cdktf_cdktf_provider_helm"]
        assert root.release is release and "data_helm_template" in dir(root)
        for missing in ("cdktf.nothing", "cdktf_cdktf_provider_helm.nothing", "cdktf_cdktf_provider_nothing", "cdktfx"):
            try:
                importlib.import_module(missing)
            except ModuleNotFoundError:
                continue
            raise AssertionError(missing)
        print("done")
        """,
    )

    assert finished.stdout == "done\n", finished.stderr


def run(python: str | Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines of Python that can import this project."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "faststart" / "src")])
    return subprocess.run(
        [python, "-c", textwrap.dedent(code), "an argument"],
        check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path, **variables},
    )  # fmt: skip
