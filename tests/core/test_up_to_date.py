"""A synthesis is skipped when it would write what is there, and never otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.paths import ROOT
from tests.integration.project import Project, files_under

if TYPE_CHECKING:
    from collections.abc import Callable

ASK = """
from pathlib import Path
from config import up_to_date
print(up_to_date.last_synthesis(Path("cdktf.out"), up_to_date.fingerprint()) is not None)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project that has been synthesized."""
    project = Project.copy_to(tmp_path_factory.mktemp("up to date") / "project")
    project.main().succeeded()
    return project


def is_up_to_date(project: Project, **variables: str) -> bool:
    """Ask in the copy."""
    return bool(ANSWERS[project.with_environment(**variables).run("python", "-c", ASK).output.strip()])


RESOURCE = {"mode": "managed", "provider": 'provider["registry.terraform.io/hashicorp/helm"]'}
STATE = json.dumps({"resources": [RESOURCE]})
ANSWERS = {"True": True, "False": False}


def test_the_second_run_writes_nothing(project: Project) -> None:
    files = [project.synthesized / path for path in files_under(project.synthesized)]
    before = [path.stat().st_mtime_ns for path in files]
    project.main().succeeded()

    assert [path.stat().st_mtime_ns for path in files] == before
    assert is_up_to_date(project)


@pytest.mark.parametrize("variable", ["FULL_SYNTHESIS", "EAGER_PROVIDERS", "CDK_X", "PYTHONHASHSEED"])
def test_a_variable_may_ask_for_another(project: Project, variable: str) -> None:
    assert not is_up_to_date(project, **{variable: "1"})


def append(path: Path) -> None:
    """Change what a file says by a line."""
    path.write_text(path.read_text("utf-8") + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("values/environments/dev.yaml", append),
        ("values/kube-prometheus-stack.yaml", append),
        ("values/charts/objects/templates/objects.yaml", append),
        ("values/rules/new.yaml", lambda path: path.write_text("")),
        ("values/rules/node.yaml", Path.unlink),
        ("stacks/network.py", append),
        ("constructs/aws/new.py", lambda path: path.write_text("")),
        ("own_package/module.py", lambda path: (path.parent.mkdir(), path.write_text(""))),
        ("cdktf.json", append),
        (".state/dev-workloads.tfstate", lambda path: (path.parent.mkdir(), path.write_text(STATE))),
        ("cdktf.out/manifest.json", append),
        ("cdktf.out/stacks/dev-network/cdk.tf.json", append),
        ("cdktf.out/stacks/dev-network/cdk.tf.json", Path.unlink),
        ("cdktf.out/stacks/stale/cdk.tf.json", lambda path: (path.parent.mkdir(), path.write_text("{}"))),
    ],
)
def test_a_change_of_an_input_or_of_the_output_is_seen(
    project: Project, path: str, change: Callable[[Path], object]
) -> None:
    file = project.folder / path
    before = file.read_bytes() if file.exists() else None
    change(file)
    try:
        assert not is_up_to_date(project)
    finally:
        if before is not None:
            file.write_bytes(before)
        else:
            file.unlink()
            if not list(file.parent.iterdir()):
                file.parent.rmdir()
    assert is_up_to_date(project)


@pytest.mark.parametrize(("stack", "state"), [("dev-network", STATE), ("dev-workloads", "{}")])
def test_a_state_that_decides_nothing_is_no_input(project: Project, stack: str, state: str) -> None:
    file = project.folder / ".state" / f"{stack}.tfstate"
    file.parent.mkdir()
    file.write_text(state)
    try:
        assert is_up_to_date(project)
    finally:
        file.unlink()
        file.parent.rmdir()


def test_what_terraform_writes_beside_the_stacks_is_not_output(project: Project) -> None:
    folder = project.stacks / "dev-network" / ".terraform"
    folder.mkdir()
    (folder / "environment").write_text("default")
    (project.stacks / "dev-network" / ".terraform.lock.hcl").write_text("")

    assert is_up_to_date(project)


def test_a_failed_synthesis_leaves_no_record(project: Project) -> None:
    file = project.folder / "values/environments/dev.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("name: dev", "name: other"))
    try:
        assert project.main().code == 1
        assert project.main().code == 1
    finally:
        file.write_text(text)
    assert is_up_to_date(project)


def test_a_synthesis_reads_no_file_of_the_project_that_is_not_an_input(tmp_path: Path) -> None:
    """Else a change of that file would go unnoticed: add it to `config/up_to_date.py`."""
    program = """
        import os, sys
        opened = set()
        sys.addaudithook(lambda event, args: opened.add(args[0]) if event == "open" else None)
        import main
        main.main()
        from config import up_to_date
        known = {str(path) for path in up_to_date.input_files()}
        paths = [os.path.abspath(path) for path in opened if isinstance(path, str)]
        root = str(up_to_date.ROOT) + os.sep
        own = {path for path in paths if path.startswith(root) and os.path.isfile(path)}
        inside = {os.path.relpath(path, up_to_date.ROOT) for path in own - known if not path.endswith(".pyc")}
        print(sorted(path for path in inside if not path.startswith((".venv", ".tools", ".synthesis", "cdktf.out"))))
        """
    code = "\n".join(line.removeprefix("        ") for line in program.splitlines())
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "CDKTF_OUTDIR": str(tmp_path), "FULL_SYNTHESIS": "1"},
    )  # fmt: skip

    assert done.stdout == "[]\n"
