"""A state that one engine has made plans empty with the other, and the newer providers replace nothing of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from config.engine import Engine
from tests.integration.test_deploy import DEV_STACKS
from tests.programs import README_HINT, need

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Outcome, Project

Providers = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Move:
    """What the other engine plans for what one has deployed: on the same providers, and on its own ones."""

    after: Engine
    on_the_same_providers: dict[str, Outcome]
    on_its_own_providers: dict[str, Outcome]


@pytest.fixture(scope="module", params=[(Engine.CDKTF, Engine.TERRAIN), (Engine.TERRAIN, Engine.CDKTF)], ids=str)
def move(request: pytest.FixtureRequest, new_sandbox: NewProject, mirror: Path) -> Move:
    """Deploy dev with one engine; synthesize with the other, and plan."""
    before, after = request.param
    need("terrain")
    project = new_sandbox()
    (project.folder / ".tools").mkdir()
    (project.folder / ".tools/terrain").symlink_to(Engine.TERRAIN.python.parents[1])
    need_providers(mirror, synthesize(project, after))
    deployed = synthesize(project, before)
    need_providers(mirror, deployed)
    deploying = project.with_environment(CDK=before, AUTO_APPROVE="1")
    deploying.run("python", "-m", "operations", "deploy", "dev-*").succeeded()

    own = synthesize(project, after)
    for stack in DEV_STACKS:
        versions = {name: {**one, "version": deployed[stack][name]["version"]} for name, one in own[stack].items()}
        assert versions != own[stack]
        require(project, stack, versions)
    same = {stack: plan(project, stack) for stack in DEV_STACKS}
    for stack in DEV_STACKS:
        require(project, stack, own[stack])
        project.terraform(stack, "init", "-upgrade", "-input=false").succeeded()
    return Move(after, same, {stack: plan(project, stack) for stack in DEV_STACKS})


def test_nothing_changes_on_the_same_providers(move: Move) -> None:
    assert {stack: plan.output for stack, plan in move.on_the_same_providers.items() if plan.code} == {}


def test_nothing_is_replaced_on_the_providers_of_the_other_engine(move: Move) -> None:
    replaced = {stack: plan.output for stack, plan in move.on_its_own_providers.items() if not keeps_everything(plan)}
    assert replaced == {}


def test_nothing_changes_at_the_upgrade_to_the_providers_of_cdk_terrain(move: Move) -> None:
    if move.after is Engine.TERRAIN:
        assert {stack: plan.output for stack, plan in move.on_its_own_providers.items() if plan.code} == {}


def keeps_everything(plan: Outcome) -> bool:
    """Whether a plan has no change, or changes in place only."""
    in_place = re.search(r"^Plan: 0 to add, \d+ to change, 0 to destroy\.$", plan.output, re.MULTILINE)
    return plan.code == 0 or in_place is not None


def plan(project: Project, stack: str) -> Outcome:
    """Plan a stack; the code says whether anything would change."""
    return project.terraform(stack, "plan", "-detailed-exitcode", "-input=false")


def synthesize(project: Project, engine: Engine) -> dict[str, Providers]:
    """Write the JSON with an engine; return the providers that each stack requires."""
    project.with_environment(CDK=engine).main().succeeded()
    return {stack: read(project, stack)["terraform"]["required_providers"] for stack in DEV_STACKS}


def require(project: Project, stack: str, providers: Providers) -> None:
    """Let the JSON of a stack require these providers."""
    document = read(project, stack)
    document["terraform"]["required_providers"] = providers
    (project.stacks / stack / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")


def read(project: Project, stack: str) -> dict[str, Any]:
    """Read the JSON of a stack."""
    document: dict[str, Any] = json.loads((project.stacks / stack / "cdk.tf.json").read_text(encoding="utf-8"))
    return document


def need_providers(mirror: Path, required: dict[str, Providers]) -> None:
    """Skip the test where the mirror lacks a provider."""
    for name, provider in (item for providers in required.values() for item in providers.items()):
        if not (mirror / "registry.terraform.io/hashicorp" / name / provider["version"]).is_dir():
            pytest.skip(f"needs a stand-in for the provider {name} {provider['version']} in the mirror: {README_HINT}")
