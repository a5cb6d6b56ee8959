"""A deploy that is ended at any moment, in any way: a further one makes what an undisturbed one makes, once.

Each way is tried at one moment in every run. `KILLS=30` tries so many, `KILL_SEED=7` others.
"""

from __future__ import annotations

import os
import random
import signal
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from operations.terraform.processes import is_running
from tests.integration.sandbox import log, stored
from tests.integration.test_killed_deploys import created
from tests.waiting import finish, pass_time, wait_until

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

STACKS = ("dev-network", "dev-cluster")
# The signals that one try is sent, one after the other.
WAYS = {
    "ctrl-c": (signal.SIGINT,),
    "term": (signal.SIGTERM,),
    "kill": (signal.SIGKILL,),
    "ctrl-c twice": (signal.SIGINT, signal.SIGINT),
}
TRIES = int(os.environ.get("KILLS", len(WAYS)))
SEED = os.environ.get("KILL_SEED", "1")
MOST_DEPLOYS = 3


@pytest.fixture(scope="module")
def undisturbed(new_sandbox: NewProject) -> list[str]:
    """Return what exists after a deploy that nobody ends."""
    project = new_sandbox()
    project.eks("deploy", *STACKS).succeeded()
    return stored(project)


@pytest.mark.parametrize(("number", "way"), list(enumerate(islice(cycle(WAYS), TRIES))))
def test_a_further_deploy_makes_what_an_undisturbed_one_does(
    number: int, way: str, undisturbed: list[str], new_sandbox: NewProject
) -> None:
    moment = random.Random(f"{SEED}.{number}").randrange(len(undisturbed))  # noqa: S311 (no secret)
    project = new_sandbox()

    code = deploy_until(project, moment, *WAYS[way])

    assert code in {0, *(-number for number in WAYS[way]), *(128 + number for number in WAYS[way])}
    wait_until(lambda: not any(is_running(project.stacks / stack) for stack in STACKS))
    outcomes = []
    for _ in range(MOST_DEPLOYS):
        outcomes.append(project.eks("deploy", *STACKS, "--adopt-existing"))
        if outcomes[-1].code == 0:
            break
    outcomes[-1].succeeded()
    if way != "ctrl-c twice":
        # Terraform was left to end what it made, so that nothing was lost.
        assert log(project, "import") == []
        assert stored(project) == undisturbed
    plan = project.eks("plan", *STACKS, "--detailed-exitcode")
    assert plan.code == 0, plan.output


def deploy_until(project: Project, moment: int, *signals: signal.Signals) -> int:
    """Deploy, send signals to the command alone once so many objects are made, and return how it ended."""
    slow = project.with_environment(SANDBOX_DELAY_MS="100", AUTO_APPROVE="1")
    process = slow.start(slow.folder / "eks", "deploy", *STACKS)
    wait_until(lambda: process.poll() is not None or created(project) >= moment)
    for number in signals:
        if process.poll() is None:
            process.send_signal(number)
        # The command has taken it by then: the next one is another.
        for _ in range(5):
            pass_time()
    printed = finish(process)
    assert "Traceback" not in printed
    return process.returncode
