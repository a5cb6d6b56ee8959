"""The life of `dev` on the provider stand-ins, by the real cdktf and Terraform, and what can go wrong in it."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.project import terraform_name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Outcome, Project

DEV_STACKS = ("dev-network", "dev-cluster", "dev-csi-addon", "dev-kube-prom-stack")
FAILS_ONCE = "aws_eks_node_group"
LOCK_WAIT_SECONDS = 60


def log(project: Project, operation: str) -> list[dict[str, Any]]:
    """Return what the stand-ins did of one kind, in order."""
    lines = (project.folder / ".sandbox/log.jsonl").read_text(encoding="utf-8").splitlines()
    return [entry for entry in map(json.loads, lines) if entry["op"] == operation]


def stored(project: Project) -> list[str]:
    """Return the objects that exist in the account of the stand-ins."""
    return sorted(path.name for path in (project.folder / ".sandbox/store").rglob("*.json"))


def created_more_than_once(project: Project) -> dict[tuple[str, str], int]:
    """Return how often each object was made that was made again."""
    made = Counter((entry["type"], entry["id"]) for entry in log(project, "create"))
    return {key: times for key, times in made.items() if times > 1}


@dataclass(frozen=True)
class Life:
    """What each step of a whole life gave."""

    project: Project
    deploys: tuple[Outcome, Outcome]
    plans: dict[str, Outcome]
    stored: list[str]
    destroy: Outcome


@pytest.fixture(scope="module")
def life(new_sandbox: NewProject) -> Life:
    """Deploy twice, as a resource of the second stack fails at first; plan again; destroy."""
    project = new_sandbox()
    failing = project.with_environment(SANDBOX_FAIL=f"{FAILS_ONCE}:1")
    deploys = (failing.operate("deploy", STACKS="dev-*"), failing.operate("deploy", STACKS="dev-*"))
    with ThreadPoolExecutor(max_workers=2) as pool:
        plans = pool.map(
            lambda stack: project.terraform(stack, "plan", "-detailed-exitcode", "-input=false"), DEV_STACKS
        )
        plan_of = dict(zip(DEV_STACKS, plans, strict=True))
    return Life(project, deploys, plan_of, stored(project), project.operate("destroy", STACKS="dev-*"))


def test_a_deploy_that_fails_half_way_is_finished_by_the_next(life: Life) -> None:
    first, second = life.deploys
    assert first.code == 1
    assert [entry["type"] for entry in log(life.project, "create-failed")] == [FAILS_ONCE]
    second.succeeded()


def test_nothing_is_made_twice(life: Life) -> None:
    assert log(life.project, "create")
    assert created_more_than_once(life.project) == {}


def test_the_second_plan_is_empty(life: Life) -> None:
    assert {stack: plan.code for stack, plan in life.plans.items()} == dict.fromkeys(DEV_STACKS, 0), life.plans


def test_prod_is_never_touched(life: Life) -> None:
    stacks = life.project.stacks
    assert not list(stacks.glob("prod-*/.terraform")), "a prod stack was initialized"
    assert sorted(path.stem for path in (life.project.folder / ".state").glob("*.tfstate")) == sorted(DEV_STACKS)
    assert '"prod' not in (life.project.folder / ".sandbox/log.jsonl").read_text(encoding="utf-8")


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
    wait_for(project.folder / ".state/.dev-network.tfstate.lock.info")

    second = project.operate("deploy", STACKS="dev-network")
    output, _ = first.communicate("yes\n", timeout=LOCK_WAIT_SECONDS)

    assert second.code == 1
    assert "Error acquiring the state lock" in second.output
    assert first.returncode == 0, output
    project.operate("deploy", STACKS="dev-network").succeeded()
    assert created_more_than_once(project) == {}


def wait_for(path: Path) -> None:
    """Return when a file is there."""
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)
