"""All of `dev` on the provider stand-ins: from a first plan through a killed deploy to what the guard stops."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from operations.selection.since import changed_stacks
from operations.selection.synthesized import Synthesized
from tests.integration.project import terraform_name
from tests.integration.sandbox import created_more_than_once, log
from tests.pages import assert_shown, shown_in
from tests.programs import find, need
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Outcome, Project

DEV = "values/environments/dev.yaml"
DEPLOYED = ("dev-network", "dev-cluster", "dev-csi-addon")
THROTTLED = {
    "type": "diagnostic",
    "diagnostic": {"severity": "error", "summary": "creating add-on", "detail": "ThrottlingException: Rate exceeded"},
}
# Fails the first apply of dev-csi-addon as AWS does when it throttles; everything else is terraform's.
THROTTLING_TERRAFORM = """#!/bin/sh
case "$1:$PWD" in
apply:*/dev-csi-addon) [ -e throttled ] || {{ touch throttled; echo '{event}'; exit 1; }} ;;
esac
exec {terraform} "$@"
"""


def operate(project: Project, command: str, *arguments: str) -> Outcome:
    """Run a command as its make target does."""
    return project.eks(command, *arguments, RETRY_WAIT="0.1")


def report(project: Project) -> dict[str, Any]:
    """Read what the last command found, by stack."""
    text = (project.synthesized / "reports/report.json").read_text(encoding="utf-8")
    return {stack["stack"]: stack for stack in json.loads(text)["stacks"]}


def kill_during_an_apply(project: Project) -> None:
    """Kill a deploy of the network, then end its terraform, which lives on, in the middle of what it makes."""
    slow = project.with_environment(AUTO_APPROVE="1", SANDBOX_DELAY_MS="500")
    process = slow.start(project.folder / "eks", "deploy", "dev-network")
    wait_until(lambda: any("apply_complete" in read(log) for log in project.logs("dev-network", "apply")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    os.kill(int(read(project.stacks / "dev-network/terraform.pid")), signal.SIGINT)


def read(path: Path) -> str:
    """Read a file that may not be there yet."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


@dataclass(frozen=True)
class Story:
    """What each step gave, in order."""

    project: Project
    first: Outcome
    first_report: dict[str, Any]
    states_after_plan: list[str]
    made_by_killed: int
    deploy: Outcome
    second: Outcome
    guarded: Outcome
    backups: list[str]


def _with_throttling(project: Project) -> Project:
    program = project.folder / ".sandbox/terraform"
    text = THROTTLING_TERRAFORM.format(event=json.dumps(THROTTLED), terraform=find(terraform_name()))
    program.write_text(text, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return project.with_environment(TERRAFORM_BINARY_NAME=str(program))


@pytest.fixture(scope="module")
def story(new_sandbox: NewProject) -> Story:
    """Plan before anything exists; deploy, be killed, deploy again; plan; then ask for another network."""
    project = new_sandbox()
    first = operate(project, "plan", "--env", "dev")
    first_report = report(project)
    states = [path.name for path in project.folder.glob(".state/*.tfstate")]
    kill_during_an_apply(project)
    made_by_killed = len(log(project, "create"))
    deploy = operate(_with_throttling(project), "deploy", *DEPLOYED)
    second = operate(project, "plan", *DEPLOYED)
    settings = project.folder / DEV
    settings.write_text(settings.read_text(encoding="utf-8").replace("10.0.", "10.9."), encoding="utf-8")
    guarded = operate(project, "deploy", "dev-network")
    backups = [path.parent.name for path in project.folder.glob(".state/backups/*/*.tfstate")]
    return Story(project, first, first_report, states, made_by_killed, deploy, second, guarded, backups)


def test_the_first_plan_of_everything_works_before_anything_exists(story: Story) -> None:
    story.first.succeeded()
    assert {stack: found["status"] for stack, found in story.first_report.items()} == dict.fromkeys(
        story.first_report, "changes"
    )
    assert all(found["counts"]["add"] > 0 for found in story.first_report.values())
    assert story.states_after_plan == []


def test_what_rests_on_example_values_is_marked(story: Story) -> None:
    stood_in = {stack: sorted(found["stand_ins"]) for stack, found in story.first_report.items()}
    assert stood_in["dev-network"] == []
    assert stood_in["dev-cluster"] == ["dev-network"]
    assert stood_in["dev-kube-prom-stack"] == ["dev-cluster", "dev-csi-addon"]
    assert_shown(shown_in("planning.md")[0], story.first.output)


def test_a_killed_deploy_goes_on_where_it_was(story: Story) -> None:
    story.deploy.succeeded()
    assert 0 < story.made_by_killed < story.first_report["dev-network"]["counts"]["add"]
    assert created_more_than_once(story.project) == {}


def test_throttling_is_tried_again_and_said(story: Story) -> None:
    assert "dev-csi-addon: tries again in 0.1 s: AWS throttles" in story.deploy.output
    assert list(story.project.synthesized.glob("run-*/dev-csi-addon/throttled"))


def test_nothing_is_ever_applied_on_example_values(story: Story) -> None:
    values = json.dumps(log(story.project, "create"))
    assert "subnet-0a1b2c3d4e5f60718" not in values
    assert not list(story.project.synthesized.glob("run-*/*.examples/apply.log"))


def test_the_plan_after_that_is_empty(story: Story) -> None:
    story.second.succeeded()
    assert "no changes" in story.second.output


def test_the_guard_stops_and_names_what_would_be_lost(story: Story) -> None:
    assert story.guarded.code == 1
    assert "Stopped, because of what this would do:" in story.guarded.output
    assert "dev-network/aws_vpc." in story.guarded.output
    assert "--allow-destroy '" in story.guarded.output
    assert log(story.project, "delete") == []


def test_local_state_is_backed_up_before_it_is_applied(story: Story) -> None:
    # The killed deploy left a state of the network; the others had none before their first apply.
    assert story.backups == ["dev-network"]


def test_drift_is_found(story: Story) -> None:
    (flow_log,) = (story.project.folder / ".sandbox/store/aws_flow_log").iterdir()
    flow_log.unlink()
    outcome = operate(story.project, "drift", "dev-network", "--detailed-exitcode")
    assert outcome.code == 2, outcome.output
    assert report(story.project)["dev-network"]["counts"]["destroy"] == 1


def test_stacks_that_differ_from_a_commit_come_with_their_readers(new_project: NewProject) -> None:
    need("git")
    project = new_project()
    project.main().succeeded()
    for command in ("init --quiet", "add --all", "-c user.name=x -c user.email=x commit --quiet --message=first"):
        project.run("git", *command.split()).succeeded()
    settings = project.folder / DEV
    changed_text, times = re.subn(r"max_size: \d+", "max_size: 9", settings.read_text(encoding="utf-8"))
    assert times == 1
    settings.write_text(changed_text, encoding="utf-8")
    project.main().succeeded()

    now = Synthesized.load(project.synthesized)
    changed = changed_stacks(project.folder, "HEAD", now)

    assert "dev-cluster" in changed
    assert changed == now.with_consumers(["dev-cluster"])
    assert project.run("git", "worktree", "list").output.count("\n") == 1
