"""What stays after a destroy or a change of the settings, and what the command line says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.sandbox import log

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

DEV = "values/environments/dev.yaml"


@pytest.fixture(scope="module")
def project(new_sandbox: NewProject) -> Project:
    """Deploy the network and the cluster of `dev`, where EKS writes its log group again."""
    deployed = new_sandbox().with_environment(SANDBOX_EKS_LEAVES_LOGS="1")
    deployed.eks("deploy", "dev-network", "dev-cluster").succeeded()
    return deployed


def change(project: Project, old: str, new: str) -> None:
    """Change the settings of `dev`."""
    path = project.folder / DEV
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_impossible_stops_before_anything_is_touched(project: Project) -> None:
    done = len(log(project, "create"))
    change(project, 'version: "1.36"', 'version: "1.35"')
    outcome = project.eks("deploy", "dev-cluster")
    change(project, 'version: "1.35"', 'version: "1.36"')
    assert outcome.code == 1
    assert "impossible: EKS never takes a version back, from 1.36 to 1.35" in outcome.output
    assert 'set version to "1.36"' in outcome.output
    assert len(log(project, "create")) == done
    assert log(project, "refused") == []


def test_a_cluster_is_made_again_although_eks_wrote_its_log_group_again(project: Project) -> None:
    project.eks("destroy", "dev-cluster", ALLOW_DESTROY="dev-cluster").succeeded()
    outcome = project.eks("deploy", "dev-cluster").succeeded()
    assert "takes over aws_cloudwatch_log_group." in outcome.output


def test_a_deleted_environment_is_named_with_what_to_do(project: Project) -> None:
    (project.folder / DEV).rename(project.folder / "dev.yaml")
    outcome = project.eks("plan", "prod-network")
    (project.folder / "dev.yaml").rename(project.folder / DEV)
    assert "dev-cluster has a state with resources and no environment" in outcome.output
