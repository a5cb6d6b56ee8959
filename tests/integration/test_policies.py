"""Policies around real plans: a mandatory rule that fails stops a deploy, and an exception lets it continue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.paths import ROOT
from tests.integration.sandbox import stored
from tests.programs import need

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

DEV = "values/environments/dev.yaml"
EXCEPTION = {"rule": "flow-logs", "reason": "another team records the traffic", "expires": "never"}


def write(project: Project, *checks: str, **policy: Any) -> None:
    """Write dev without flow logs, with a policy, and the commands that check it."""
    settings = yaml.safe_load((project.folder / DEV).read_text(encoding="utf-8"))
    settings["network"]["flow_logs"] = {"enabled": False}
    settings["policy"], settings["commands"] = policy, {"policy_checks": [*checks]}
    (project.folder / DEV).write_text(yaml.safe_dump(settings), encoding="utf-8")


@pytest.fixture(scope="module")
def project(new_sandbox: NewProject) -> Project:
    """Give a project on the provider stand-ins."""
    need("checkov")
    made = new_sandbox()
    tools = made.folder / ".tools"
    tools.mkdir(exist_ok=True)
    (tools / "checkov").symlink_to(ROOT / ".tools" / "checkov")
    return made


def test_a_plan_says_what_fails_and_ends_with_1(project: Project) -> None:
    write(project)
    plan = project.eks("plan", "dev-network", "--policy")
    assert plan.code == 1
    assert "mandatory  medium    flow-logs  dev-network/vpc/this" in plan.output
    assert "dev-cluster/" not in plan.output, "only what is planned is checked"
    assert project.eks("plan", "dev-network").succeeded().output.count("flow-logs  dev-network/vpc") == 0


def test_a_deploy_applies_nothing_where_a_mandatory_rule_fails(project: Project) -> None:
    write(project, "deploy")
    deploy = project.eks("deploy", "dev-network")
    assert deploy.code == 1
    assert "Nothing was applied." in deploy.output
    assert stored(project) == []


def test_a_deploy_continues_with_an_exception(project: Project) -> None:
    write(project, "deploy", exceptions=[EXCEPTION])
    deploy = project.eks("deploy", "dev-network").succeeded()
    assert "excepted   medium    flow-logs  dev-network/vpc/this: another team records the traffic" in deploy.output
    assert stored(project) != []


def test_a_check_writes_reports(project: Project) -> None:
    write(project)
    check = project.eks("check", "policy", "dev", "--json", "--sarif", "policy.sarif", "--junit", "policy.xml")
    assert check.code == 1
    (found,) = json.loads(check.output)
    assert [finding["rule"] for finding in found["findings"] if finding["is_failure"]] == ["flow-logs"]
    assert "flow-logs" in (project.folder / "policy.sarif").read_text(encoding="utf-8")
    assert "flow-logs" in (project.folder / "policy.xml").read_text(encoding="utf-8")


def test_fails_for_an_environment_that_is_not_there(project: Project) -> None:
    check = project.eks("check", "policy", "prot")
    assert (check.code, check.output) == (1, "there is no environment prot; did you mean prod?\n")
