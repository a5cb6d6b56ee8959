"""The tutorial and the labs, block by block as they are written, on the provider stand-ins.

What a page shows as output is compared with what is printed; `…` stands for anything. The tutorial's cluster is
`tests/integration/cluster.py`; the commands of the labs that need a running cluster are not run.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.paths import ROOT
from tests.integration.slack import Endpoint
from tests.pages import DOCS, assert_shown, blocks_of
from tests.programs import need, write_python
from tests.waiting import finish, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

# Prepare a machine.
NOT_RUN = ("cd ", "git ", "sudo ")
# Need a running cluster.
NOT_RUN_IN_LABS = ("aws ", "kubectl ", "minikube ", "./eks check cluster ", "./eks open ")


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Put one mapping over another, key by key."""
    both = {key: merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], dict)}
    return {**one, **other, **both}


def write(project: Project, file: str, text: str) -> None:
    """Do what a page says of a file: write it, or change these settings of an environment."""
    path = project.folder / file
    if file.startswith("values/environments/") and path.exists():
        text = json.dumps(merged(yaml.safe_load(path.read_bytes()), yaml.safe_load(text)), indent=2)
    path.write_text(text, encoding="utf-8")


def walk(page: str, project: Project, not_run: tuple[str, ...], typed: str = "") -> None:
    """Do what a page says, and compare what it shows; `typed` is what a command is given that reads from the user."""
    printed = ""
    for block in blocks_of(DOCS / page):
        if block.language == "yaml":
            for file, text in block.parts():
                write(project, file, text)
        elif block.language == "text":
            assert_shown(block.text, printed)
        for command in block.text.splitlines() if block.language == "sh" else ():
            if not command.startswith(not_run):
                printed = run(project, command, typed if "/dev/stdin" in command else None)


def run(project: Project, command: str, typed: str | None) -> str:
    """Run a command; what make does for `make synth` is done by `./eks synth` here."""
    program, *arguments = shlex.split({"make synth": "./eks synth"}.get(command, command), comments=True)
    if program == "./eks":
        allowed = {"ALLOW_DESTROY": arguments[-1]} if arguments[0] == "destroy" else {}
        return project.eks(*arguments, **allowed).succeeded().output
    assert program == "kubectl", f"say why this is not run: {command}"
    process = project.start(program, *arguments, stdin=subprocess.PIPE)
    output = finish(process, typed)
    assert process.returncode == 0, output
    return output


@pytest.fixture
def project(new_sandbox: NewProject, tmp_path: Path) -> Project:
    """Return a project on a machine with kubectl and aws, and with the cluster that they reach."""
    need("alertmanager")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("aws", "kubectl"):
        write_python(
            programs / name,
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
            f"from tests.integration import cluster\ncluster.{name}(sys.argv[1:])\n",
        )
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    return new_sandbox().with_environment(SANDBOX_HELM_DIR=str(tmp_path / "cluster"), PATH=path)


def test_the_tutorial_ends_with_an_alert_in_slack(project: Project) -> None:
    endpoint = Endpoint()
    try:
        walk("tutorial.md", project, NOT_RUN, f"http://{endpoint.address}/slack")
        wait_until(lambda: endpoint.posted_to("/slack"), lambda: str(endpoint.posted))
    finally:
        endpoint.close()
    (message, *_) = endpoint.posted_to("/slack")
    assert message["channel"] == "#alerts"
    assert message["attachments"][0]["title"] == "[FIRING:1] critical Test in default (shop-shop)"


@pytest.mark.parametrize("lab", ["lab-minikube.md", "lab-managed-prometheus.md"])
def test_the_lab_runs_as_it_is_written(lab: str, new_sandbox: NewProject) -> None:
    walk(lab, new_sandbox(), NOT_RUN_IN_LABS)
