"""The tutorial and the labs, block by block as they are written, on the provider stand-ins.

What a page shows as output is compared with what is printed; `…` stands for anything. Commands that need a running
cluster are not run here: `tests/operations` runs them with stand-ins for kubectl and aws.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from checks.releases import as_deployed
from config.paths import ROOT
from tests.integration.slack import Endpoint, alertmanager_of
from tests.pages import blocks_of
from tests.programs import need
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

# Prepare a machine, or talk to a running cluster.
NOT_RUN = (
    "aws ", "cd ", "git ", "kubectl ", "minikube ", "sudo ",
    "./eks check cluster ", "./eks doctor", "./eks kubeconfig ", "./eks open ",
)  # fmt: skip
ALERTS = ROOT / "docs" / "tutorial.md"


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


def assert_shown(expected: str, printed: str) -> None:
    """Check that each line is printed, in this order."""
    position = 0
    for line in filter(str.strip, expected.splitlines()):
        words = r"\s+".join(".*" if word == "…" else re.escape(word) for word in line.split())
        found = re.compile(words).search(printed, position)
        assert found, f"{line!r} is not in:\n{printed}"
        position = found.end()


def walk(page: Path, project: Project) -> list[tuple[str, str]]:
    """Do what a page says; return the commands that are left to the test, with what the page shows of each."""
    left: list[tuple[str, str]] = []
    printed = ""
    is_left = False
    for block in blocks_of(page):
        if block.language == "yaml":
            for file, text in block.parts():
                write(project, file, text)
        elif block.language == "text" and is_left:
            left[-1] = (left[-1][0], block.text)
        elif block.language == "text":
            assert_shown(block.text, printed)
        for command in block.text.splitlines() if block.language == "sh" else ():
            is_left = command.startswith("amtool ")
            if is_left:
                left.append((command, ""))
            elif not command.startswith(NOT_RUN):
                printed = run(project, command)
    return left


def run(project: Project, command: str) -> str:
    """Run a command of `./eks`; what make does for `make synth` is done by `./eks synth` here."""
    program, *arguments = shlex.split({"make synth": "./eks synth"}.get(command, command), comments=True)
    assert program == "./eks", f"say why this is not run: {command}"
    allowed = {"ALLOW_DESTROY": arguments[-1]} if arguments[0] == "destroy" else {}
    return project.eks(*arguments, **allowed).succeeded().output


def test_the_tutorial_ends_with_an_alert_in_slack(new_sandbox: NewProject, tmp_path: Path) -> None:
    need("alertmanager", "amtool")
    project = new_sandbox().with_environment(SANDBOX_HELM_DIR=str(tmp_path / "helm"))
    ((command, shown),) = walk(ALERTS, project)
    values = yaml.safe_load((tmp_path / "helm" / "monitoring.kube-prometheus-stack.yaml").read_bytes())
    endpoint = Endpoint()
    try:
        with alertmanager_of(as_deployed(values), endpoint, "alertmanager-slack/webhook-url", tmp_path) as port:
            address = f"http://127.0.0.1:{port}"
            project.run(*shlex.split(command.replace("http://localhost:9093", address))).succeeded()
            wait_until(lambda: endpoint.posted_to("/slack"), lambda: str(endpoint.posted))
    finally:
        endpoint.close()
    (message, *_) = endpoint.posted_to("/slack")
    assert message["channel"] == "#alerts"
    assert_shown(shown, message["attachments"][0]["title"])


@pytest.mark.parametrize("lab", ["lab-minikube.md", "lab-managed-prometheus.md"])
def test_the_lab_runs_as_it_is_written(lab: str, new_sandbox: NewProject) -> None:
    assert walk(ROOT / "docs" / lab, new_sandbox()) == []
