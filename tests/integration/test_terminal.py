"""Commands in a real terminal: two at once, what is asked, Ctrl-C, and what is shown at which width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.sandbox import created_more_than_once, log, stored
from tests.integration.terminal import Terminal

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

DEV = "values/environments/dev.yaml"
ASKED = "anything else changes nothing:"


def terminal(project: Project, *arguments: str, columns: int = 80) -> Terminal:
    """Start the command line in a terminal."""
    environment = project.whole_environment()
    environment.pop("CI")
    return Terminal([project.folder / "eks", *arguments], cwd=project.folder, environment=environment, columns=columns)


def change_network(project: Project) -> None:
    """Give the network other addresses, which replaces all of it."""
    settings = project.folder / DEV
    settings.write_text(settings.read_text(encoding="utf-8").replace("10.0.", "10.9."), encoding="utf-8")


@pytest.fixture(scope="module")
def deployed(new_sandbox: NewProject) -> Project:
    """Give a project whose network is deployed, by a person who answers yes."""
    project = new_sandbox()
    with terminal(project, "deploy", "dev-network") as deploy:
        deploy.expect(ASKED)
        deploy.type("yes")
        assert deploy.end() == 0, deploy.text
    return project


def test_what_was_confirmed_is_applied_whatever_another_terminal_does(new_sandbox: NewProject) -> None:
    project = new_sandbox()
    with terminal(project, "deploy", "dev-network") as first:
        first.expect(ASKED)
        change_network(project)
        plan = project.eks("plan", "dev-network").succeeded()
        assert "locked" not in plan.output, "a plan waits for nobody who waits for an answer"
        with terminal(project, "deploy", "dev-network") as second:
            second.expect("dev is locked: waiting for './eks deploy dev-network' of ")
            second.expect("waiting for its confirmation)")
            first.type("y")
            assert first.end() == 0, first.text
            assert {
                entry["values"]["cidr_block"] for entry in log(project, "create") if entry["type"] == "aws_vpc"
            } == {"10.0.0.0/16"}
            assert second.end() == 1, second.text
            assert "loses: a VPC (forced by cidr_block)" in second.text
    assert log(project, "delete") == []
    assert created_more_than_once(project) == {}


@pytest.mark.parametrize("answer", ["no", "n", "", "yess"])
def test_any_other_answer_changes_nothing(answer: str, deployed: Project) -> None:
    before = stored(deployed)
    with terminal(deployed, "destroy", "dev-network") as destroy:
        destroy.expect(ASKED)
        destroy.type(answer)
        assert destroy.end() == 0
        assert destroy.text.rstrip().endswith("Nothing was applied.")
    assert stored(deployed) == before


def test_ctrl_c_at_the_question_changes_nothing(deployed: Project) -> None:
    before = stored(deployed)
    with terminal(deployed, "destroy", "dev-network") as destroy:
        destroy.expect(ASKED)
        destroy.press_control_c()
        assert destroy.end() == 130
        assert "Stopped. Nothing was changed." in destroy.text
        assert "Traceback" not in destroy.text
    assert stored(deployed) == before


def test_ctrl_c_stops_a_synthesis_and_leaves_what_was_there(deployed: Project) -> None:
    before = {path.name: path.read_bytes() for path in deployed.stacks.glob("*/cdk.tf.json")}
    with terminal(deployed.with_environment(FULL_SYNTHESIS="1"), "plan", "dev-network") as plan:
        plan.expect("Synthesizing")
        plan.press_control_c()
        assert plan.end() == 130
        assert plan.text.rstrip().endswith("Stopped. Nothing was changed.")
        assert "BrokenPipe" not in plan.text
    assert {path.name: path.read_bytes() for path in deployed.stacks.glob("*/cdk.tf.json")} == before


def test_ctrl_c_lets_an_apply_finish_what_it_makes_and_says_how_to_continue(new_sandbox: NewProject) -> None:
    project = new_sandbox()
    with terminal(project.with_environment(SANDBOX_DELAY_MS="700"), "deploy", "dev-network") as deploy:
        deploy.expect(ASKED)
        deploy.type("yes")
        deploy.expect("create aws_")
        deploy.press_control_c()
        assert deploy.end() == 130, deploy.text
        assert "Stopping: Terraform finishes what it is making" in deploy.text
        last = deploy.text.rstrip().splitlines()[-1]
    assert last.startswith("Stopped. stopped: dev-network.")
    assert last.endswith("To continue: ./eks deploy dev-network")
    project.eks("deploy", "dev-network").succeeded()
    assert created_more_than_once(project) == {}


def test_a_second_ctrl_c_kills_an_apply_and_says_so(new_sandbox: NewProject) -> None:
    project = new_sandbox()
    with terminal(project.with_environment(SANDBOX_DELAY_MS="20000"), "deploy", "dev-network") as deploy:
        deploy.expect(ASKED)
        deploy.type("yes")
        deploy.expect("create aws_")
        deploy.press_control_c()
        deploy.expect("Ctrl-C again kills it, and may lose track of what is being made.")
        deploy.press_control_c()
        deploy.expect("Killing terraform. What it was making may be missing in the state.")
        assert deploy.end() == 130, deploy.text
        assert "Traceback" not in deploy.text
    assert deploy.text.rstrip().splitlines()[-1].endswith("To continue: ./eks deploy dev-network")


def test_a_destroy_of_what_is_guarded_takes_the_name_of_the_environment(deployed: Project) -> None:
    with terminal(deployed, "destroy", "--env", "dev") as destroy:
        destroy.expect("loses: a VPC")
        destroy.expect("type the name of the environment (dev)")
        destroy.type("yes")
        assert destroy.end() == 0
        assert "Nothing was applied." in destroy.text
    assert stored(deployed)


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_table_fits_and_nothing_is_cut(columns: int, deployed: Project) -> None:
    with terminal(deployed, "plan", "dev", columns=columns) as plan:
        assert plan.end() == 0, plan.text
    lines = [line for line in plan.text.splitlines() if "━" in line]
    assert lines
    assert max(map(len, lines)) <= columns
    table = plan.text[plan.text.index(lines[0]) :]
    words = " ".join(re.split(r"\s+", table))
    assert "dev-kube-prom-stack" in words
    assert "…" not in table.split("dev-network\n")[0].split(" all ")[0]


@pytest.mark.parametrize(("variables", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_left_out_where_nobody_wants_them(
    variables: dict[str, str], deployed: Project, *, is_coloured: bool
) -> None:
    with terminal(deployed.with_environment(**variables), "plan", "dev-cluster") as plan:
        plan.end()
    assert (re.search(r"\x1b\[[0-9;]*3[0-7]m", plan.raw) is not None) == is_coloured


def test_a_name_is_wrong_before_a_terminal_is_missing(deployed: Project) -> None:
    outcome = deployed.with_environment(AUTO_APPROVE="").run(deployed.folder / "eks", "deploy", "dev-netwrok")
    assert outcome.code == 1
    assert "no stack is named dev-netwrok; did you mean dev-network?" in outcome.output
    missing = deployed.with_environment(AUTO_APPROVE="off").run(deployed.folder / "eks", "destroy", "dev-network")
    assert missing.code == 1
    assert "there is no terminal to confirm at" in missing.output
    assert stored(deployed)
