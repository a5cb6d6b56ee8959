"""A state that one engine has made plans empty with the other, and the newer providers replace nothing of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from config.engine import Engine
from tests.integration.test_deploy import DEV_STACKS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Outcome, Project

CHANGES_NOTHING = 0


@dataclass(frozen=True)
class Move:
    """What the other engine plans for what one has deployed: on the same providers, and on its own ones."""

    deploy: Outcome
    on_the_same_providers: dict[str, Outcome]
    on_its_own_providers: dict[str, Outcome]


@pytest.fixture(scope="module", params=[(Engine.CDKTF, Engine.TERRAIN), (Engine.TERRAIN, Engine.CDKTF)], ids=str)
def move(request: pytest.FixtureRequest, new_sandbox: NewProject, mirror: Path) -> Move:
    """Deploy dev with one engine; synthesize with the other, and plan."""
    before, after = request.param
    if not Engine.TERRAIN.python.is_file():
        pytest.skip("needs CDK Terrain, which 'CDK=terrain make synth' installs")
    project = new_sandbox()
    (project.folder / ".tools").mkdir()
    (project.folder / ".tools/terrain").symlink_to(Engine.TERRAIN.python.parents[1])
    deploy = project.with_environment(CDK=before, AUTO_APPROVE="1").run("python", "-m", "operations", "deploy", "dev-*")
    deploy.succeeded()
    deployed = {stack: required_providers(project, stack) for stack in DEV_STACKS}
    project.with_environment(CDK=after).main().succeeded()
    own = {stack: required_providers(project, stack) for stack in DEV_STACKS}
    assert all(version_of(own[stack]) != version_of(deployed[stack]) for stack in DEV_STACKS)
    versions = [
        mirror / "registry.terraform.io/hashicorp/aws" / version_of(providers)["aws"] for providers in own.values()
    ]
    if not all(version.is_dir() for version in versions):
        pytest.skip(f"needs stand-ins for the providers of both engines: {versions[0].name} is not in the mirror")

    for stack in DEV_STACKS:
        require(
            project,
            stack,
            {name: {**one, "version": version_of(deployed[stack])[name]} for name, one in own[stack].items()},
        )
    same = {stack: plan(project, stack) for stack in DEV_STACKS}
    for stack in DEV_STACKS:
        require(project, stack, own[stack])
        project.terraform(stack, "init", "-upgrade", "-input=false").succeeded()
    return Move(deploy, same, {stack: plan(project, stack) for stack in DEV_STACKS})


def test_nothing_changes_on_the_same_providers(move: Move) -> None:
    changes = {stack: plan.output for stack, plan in move.on_the_same_providers.items() if plan.code != CHANGES_NOTHING}
    assert changes == {}


def test_nothing_changes_on_the_providers_of_the_other_engine(move: Move) -> None:
    changes = {stack: plan.output for stack, plan in move.on_its_own_providers.items() if plan.code != CHANGES_NOTHING}
    assert changes == {}


Providers = dict[str, dict[str, str]]


def plan(project: Project, stack: str) -> Outcome:
    """Plan a stack; the code says whether anything would change."""
    return project.terraform(stack, "plan", "-detailed-exitcode", "-input=false")


def required_providers(project: Project, stack: str) -> Providers:
    """Return the providers that the JSON of a stack requires, by name."""
    document = json.loads((project.stacks / stack / "cdk.tf.json").read_text(encoding="utf-8"))
    providers: Providers = document["terraform"]["required_providers"]
    return providers


def require(project: Project, stack: str, providers: Providers) -> None:
    """Let the JSON of a stack require these providers."""
    path = project.stacks / stack / "cdk.tf.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["terraform"]["required_providers"] = providers
    path.write_text(json.dumps(document), encoding="utf-8")


def version_of(providers: Providers) -> dict[str, str]:
    """Return the version of each provider."""
    return {name: provider["version"] for name, provider in providers.items()}
