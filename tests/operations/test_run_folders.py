"""A command that plans works on what a synthesis writes, and repeats none that would write the same again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.integration.project import Project

if TYPE_CHECKING:
    from pathlib import Path

RUN = """
import hashlib, json, main
from operations.runs.folders import run_folder
made = []
synthesize = main.synthesize
main.synthesize = lambda folder: (made.append(folder), synthesize(folder))[1]
with run_folder() as run:
    files = {str(path.relative_to(run.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
             for path in run.folder.rglob("*") if path.is_file() and path.name != ".lock"}
    commands = {name: one.model_dump_json() for name, one in run.commands.items()}
    print(json.dumps({"synthesized": bool(made), "files": files, "commands": commands, "order": [*run.stacks.stacks]}))
"""
# Without it only nodes reach the API, which is a notice.
ADMITTED = "  endpoint_private_access_cidrs: [10.0.0.0/16]"
HOOK = "commands: {aws_profile: staff, hooks: {plan: {after: [{command: [echo, 'a b']}]}}}\n"


@dataclass(frozen=True)
class Given:
    """What a command has to work on, and what it said."""

    synthesized: bool
    files: dict[str, str]
    commands: dict[str, str]
    order: list[str]
    notices: list[str]


def run(project: Project, **variables: str) -> Given:
    """Start a command in the copy."""
    *notices, last = project.with_environment(**variables).run("python", "-c", RUN).succeeded().output.splitlines()
    return Given(**json.loads(last), notices=sorted(notices))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the project whose environment has a hook and a notice."""
    project = Project.copy_to(tmp_path / "project")
    file = project.folder / "values/environments/dev.yaml"
    text = file.read_text("utf-8")
    assert ADMITTED in text
    file.write_text(text.replace(ADMITTED, "") + HOOK, encoding="utf-8")
    return project


def test_the_second_command_works_on_the_same_bytes(project: Project) -> None:
    first = run(project)
    (project.stacks / "dev-network" / ".terraform").mkdir()
    (project.stacks / "dev-network" / ".terraform" / "environment").write_text("default")
    second = run(project)

    assert first.synthesized
    assert not second.synthesized
    assert first.notices
    assert "staff" in first.commands["dev"]
    assert "a b" in first.commands["dev"]
    assert (second.files, second.commands, second.order, second.notices) == (
        first.files, first.commands, first.order, first.notices,
    )  # fmt: skip


def test_a_command_after_main_works_on_what_that_wrote(project: Project) -> None:
    written = project.main().succeeded().output.splitlines()
    given = run(project)

    assert not given.synthesized
    assert given.notices == sorted(written)


def test_a_state_that_an_apply_has_changed_is_no_reason(project: Project) -> None:
    state = project.folder / ".state" / "dev-network.tfstate"
    state.parent.mkdir()
    resource = {"mode": "managed", "provider": 'provider["registry.terraform.io/hashicorp/aws"]'}
    state.write_text(json.dumps({"resources": [resource]}))
    run(project)
    state.write_text(json.dumps({"resources": [resource, resource]}))

    assert not run(project).synthesized


@pytest.mark.parametrize("reason", ["the environment", "the JSON", "a lost record", "a variable"])
def test_a_change_is_synthesized(project: Project, reason: str) -> None:
    before = run(project)
    variables = {}
    if reason == "the environment":
        file = project.folder / "values/environments/dev.yaml"
        file.write_text(file.read_text().replace("staff", "others"))
    elif reason == "the JSON":
        (project.stacks / "dev-network" / "cdk.tf.json").write_text("{}")
    elif reason == "a lost record":
        for record in (project.folder / ".synthesis").iterdir():
            record.write_text('{"input": "')
    else:
        variables = {"FULL_SYNTHESIS": "1"}
    after = run(project, **variables)

    assert after.synthesized
    assert after.files == before.files
    assert ("others" in after.commands["dev"]) is (reason == "the environment")


@pytest.mark.parametrize("text", ["{", "[]", '{"resources": [{"mode": "managed"}]}'])
def test_a_damaged_state_is_one_line(project: Project, text: str) -> None:
    state = project.folder / ".state" / "dev-workloads.tfstate"
    state.parent.mkdir()
    state.write_text(text)
    outcome = project.main()

    assert outcome.code == 1
    assert outcome.output.splitlines()[1:] == [
        ".state/dev-workloads.tfstate: is not a state of Terraform; put the newest backup in its place"
    ]
