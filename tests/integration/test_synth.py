"""The real `cdktf synth`, and what must not change what synthesis writes: folder, working directory, a broken file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.project import Project, files_under

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject

DEV = "values/environments/dev.yaml"


@pytest.fixture(scope="module")
def project(new_project: NewProject) -> Project:
    """Give a copy of the project that has been synthesized."""
    copy = new_project()
    copy.main().succeeded()
    return copy


def test_another_synth_elsewhere_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    elsewhere = Project.copy_to(tmp_path / "a folder with spaces")
    elsewhere.main().succeeded()
    assert files_under(elsewhere.synthesized) == files_under(project.synthesized)


def test_the_working_directory_does_not_matter(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "target"
    elsewhere = project.with_environment(CDKTF_OUTDIR=str(target))
    elsewhere.run("python", project.folder / "main.py", cwd=tmp_path).succeeded()
    assert files_under(target) == files_under(project.synthesized)


@pytest.mark.usefixtures("terraform")
def test_cdktf_synth_gives_the_same_bytes(project: Project, new_project: NewProject) -> None:
    by_cdktf = new_project()
    by_cdktf.cdktf("synth").succeeded()
    assert files_under(by_cdktf.synthesized) == files_under(project.synthesized)


@pytest.mark.usefixtures("terraform")
@pytest.mark.parametrize("program", ["main.py", "cdktf"])
def test_fails_on_a_broken_environment_and_leaves_what_was_there(
    program: str,
    project: Project,
    new_project: NewProject,
) -> None:
    broken = new_project()
    broken.main().succeeded()
    settings = broken.folder / DEV
    before, misspelt, after = settings.read_text(encoding="utf-8").partition("\nregion:")
    assert misspelt
    settings.write_text(f"{before}\nregoin:{after}", encoding="utf-8")

    outcome = broken.cdktf("synth") if program == "cdktf" else broken.main()

    assert outcome.code == 1
    assert f"{DEV}:{before.count(chr(10)) + 2}: regoin: unknown key; did you mean `region`?" in outcome.output
    assert "Traceback" not in outcome.output
    assert files_under(broken.synthesized) == files_under(project.synthesized)
