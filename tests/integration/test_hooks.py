"""Hooks of an environment around real commands: shown before they are run, and what their failure stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.integration.sandbox import stored

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

DEV = "values/environments/dev.yaml"


def hook(project: Project, code: str) -> dict[str, list[str]]:
    """Return a hook that runs Python in the folder of the project."""
    return {"command": [str(project.folder / ".venv/bin/python"), "-I", "-c", code]}


def note(project: Project, text: str) -> dict[str, list[str]]:
    """Return a hook that notes that it ran, and how many objects there were."""
    store = str(project.folder / ".sandbox/store")
    count = f"sum(1 for _ in __import__('pathlib').Path({store!r}).rglob('*.json'))"
    return hook(project, f"open('noted', 'a').write('{text} ' + str({count} > 0) + '\\n')")


def with_hooks(project: Project, **hooks: dict[str, list[dict[str, list[str]]]]) -> None:
    """Write hooks into the environment dev."""
    settings = project.folder / DEV
    text = settings.read_text(encoding="utf-8").partition("\ncommands:")[0]
    settings.write_text(f"{text}\n{yaml.safe_dump({'commands': {'hooks': hooks}})}", encoding="utf-8")
    (project.folder / "noted").unlink(missing_ok=True)


def noted(project: Project) -> list[str]:
    """Return which hooks ran, and whether anything existed by then."""
    file = project.folder / "noted"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture(scope="module")
def project(new_sandbox: NewProject) -> Project:
    """Give a project on the provider stand-ins."""
    return new_sandbox()


def test_a_plan_shows_what_a_deploy_would_run_and_runs_its_own(project: Project) -> None:
    with_hooks(
        project,
        plan={"before": [note(project, "planning")], "after": [note(project, "planned")]},
        deploy={"before": [note(project, "deploying")]},
    )
    plan = project.eks("plan", "dev-network").succeeded()
    assert "Hook before plan of dev: " in plan.output
    assert "Hook before deploy of dev: " in plan.output
    assert "deploying" in (project.synthesized / "reports/report.md").read_text(encoding="utf-8")
    assert noted(project) == ["planning False", "planned False"]


def test_a_failure_before_a_deploy_applies_nothing(project: Project) -> None:
    with_hooks(
        project,
        deploy={"before": [hook(project, "raise SystemExit('no quota')")], "on_error": [note(project, "failed")]},
    )
    deploy = project.eks("deploy", "dev-network")
    assert deploy.code == 1
    assert "failed with exit status 1\nno quota" in deploy.output
    assert "Nothing was applied." in deploy.output
    assert stored(project) == []
    assert noted(project) == ["failed False"]


def test_a_deploy_runs_what_comes_before_and_after(project: Project) -> None:
    with_hooks(
        project,
        deploy={
            "before": [note(project, "before")],
            "after": [note(project, "after")],
            "on_error": [note(project, "failed")],
        },
    )
    project.eks("deploy", "dev-network").succeeded()
    assert noted(project) == ["before False", "after True"]
    # Nothing to change: nothing to run.
    project.eks("deploy", "dev-network").succeeded()
    assert noted(project) == ["before False", "after True"]


def test_a_failure_of_terraform_runs_what_is_for_errors(project: Project) -> None:
    with_hooks(project, deploy={"after": [note(project, "after")], "on_error": [note(project, "failed")]})
    failing = project.with_environment(SANDBOX_FAIL="aws_eks_cluster:1")
    assert failing.eks("deploy", "dev-cluster", RETRIES="0").code == 1
    assert noted(project) == ["failed True"]


def test_a_failure_after_a_deploy_is_the_command_s(project: Project) -> None:
    with_hooks(
        project,
        destroy={"after": [hook(project, "raise SystemExit(1)")], "on_error": [note(project, "failed")]},
    )
    destroy = project.eks("destroy", "--env", "dev", ALLOW_DESTROY="dev")
    assert destroy.code == 1, destroy.output
    assert "Hook after destroy of dev: " in destroy.output
    assert len(noted(project)) == 1
