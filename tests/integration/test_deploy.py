"""The life of `dev` on the provider stand-ins, by the real Terraform, and what can go wrong in it."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.integration.project import terraform_name
from tests.integration.sandbox import created_more_than_once, log, stored
from tests.waiting import finish, wait_until

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Outcome, Project

DEV_STACKS = ("dev-network", "dev-cluster", "dev-csi-addon", "dev-cluster-addons", "dev-kube-prom-stack")
FAILS_ONCE = "aws_eks_node_group"


@dataclass(frozen=True)
class Life:
    """What each step of a whole life gave."""

    project: Project
    deploys: tuple[Outcome, Outcome]
    plans: dict[str, Outcome]
    stored: list[str]
    refused: Outcome
    destroy: Outcome


@pytest.fixture(scope="module")
def life(new_sandbox: NewProject) -> Life:
    """Deploy twice, as a resource of the second stack fails at first; plan again; destroy."""
    project = new_sandbox()
    failing = project.with_environment(SANDBOX_FAIL=f"{FAILS_ONCE}:1")
    deploys = (failing.eks("deploy", "dev-*"), failing.eks("deploy", "dev-*"))
    with ThreadPoolExecutor(max_workers=2) as pool:
        plans = pool.map(
            lambda stack: project.terraform(stack, "plan", "-detailed-exitcode", "-input=false"), DEV_STACKS
        )
        plan_of = dict(zip(DEV_STACKS, plans, strict=True))
    existing = stored(project)
    refused = project.eks("destroy", "dev-network", ALLOW_DESTROY="dev")
    return Life(
        project, deploys, plan_of, existing, refused, project.eks("destroy", "--env", "dev", ALLOW_DESTROY="dev")
    )


def test_a_deploy_that_fails_half_way_is_finished_by_the_next(life: Life) -> None:
    first, second = life.deploys
    assert first.code == 1
    assert [entry["type"] for entry in log(life.project, "create-failed")] == [FAILS_ONCE]
    second.succeeded()


def test_nothing_is_made_twice(life: Life) -> None:
    assert log(life.project, "create")
    assert created_more_than_once(life.project) == {}


def test_the_second_plan_is_empty(life: Life) -> None:
    assert {stack: plan.output for stack, plan in life.plans.items() if plan.code != 0} == {}


def test_prod_is_never_touched(life: Life) -> None:
    stacks = life.project.stacks
    assert not list(stacks.glob("prod-*/.terraform")), "a prod stack was initialized"
    assert sorted(path.stem for path in (life.project.folder / ".state").glob("*.tfstate")) == sorted(DEV_STACKS)
    made = (life.project.folder / ".sandbox/log.jsonl").read_text(encoding="utf-8")
    assert '"environment":"dev"' in made
    assert '"environment":"prod"' not in made


def test_what_is_still_read_is_not_destroyed(life: Life) -> None:
    assert life.refused.code == 1
    assert "dev-cluster still exists and depends on dev-network" in life.refused.output
    assert "'./eks destroy ...dev-network'" in life.refused.output


def test_a_destroy_says_what_stays_behind(life: Life) -> None:
    assert "Left behind: log group /aws/eks/dev-gd9/cluster" in life.destroy.output
    assert "aws kms cancel-key-deletion" in life.destroy.output


def test_destroy_leaves_nothing(life: Life) -> None:
    life.destroy.succeeded()
    assert life.stored
    assert stored(life.project) == []


def test_of_two_deploys_at_once_the_second_is_told_about_the_lock(new_sandbox: NewProject) -> None:
    project = new_sandbox()
    project.main().succeeded()
    project.terraform("dev-network", "init", "-input=false").succeeded()
    # An apply that waits for its answer holds the lock for as long as the test needs it.
    first = project.start(terraform_name(), "apply", cwd=project.stacks / "dev-network", stdin=subprocess.PIPE)
    wait_until((project.folder / ".state/.dev-network.tfstate.lock.info").exists)

    second = project.eks("deploy", "dev-network")
    output = finish(first, "yes\n")

    assert second.code == 1
    assert "Error acquiring the state lock" in second.output
    assert first.returncode == 0, output
    project.eks("deploy", "dev-network").succeeded()
    assert created_more_than_once(project) == {}
