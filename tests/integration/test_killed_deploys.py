"""A Terraform that is killed loses what it made since it last wrote its state; a further deploy takes that over.

Two moments are tried in every run. `KILL_MOMENTS=1,4,7,…` tries others: after how many objects everything is killed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from operations.deploying.existing import LOOKUPS
from operations.terraform.processes import PID_FILE
from tests.integration.sandbox import log

if TYPE_CHECKING:
    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

MOMENTS = tuple(int(number) for number in os.environ.get("KILL_MOMENTS", "12,33").split(","))
STACKS = ("dev-network", "dev-cluster")
MOST_DEPLOYS = 3
WAIT_SECONDS = 240


@pytest.fixture
def project(new_sandbox: NewProject) -> Project:
    """Return a project whose stand-ins know what looks existing objects up, and take a moment for each object."""
    fresh = new_sandbox()
    types = {*fresh.environment["SANDBOX_TYPES"].split(","), *(lookup.data for lookup in LOOKUPS.values())}
    return fresh.with_environment(SANDBOX_TYPES=",".join(sorted(types)))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_further_deploy_takes_over_what_a_killed_one_made(moment: int, project: Project) -> None:
    made = deploy_until(project, moment)
    assert made >= moment

    outcomes = []
    for _ in range(MOST_DEPLOYS):
        outcomes.append(project.eks("deploy", *STACKS, "--adopt-existing"))
        if outcomes[-1].code == 0:
            break

    outcomes[-1].succeeded()
    plan = project.eks("plan", *STACKS, "--detailed-exitcode")
    assert plan.code == 0, plan.output


def test_without_the_option_the_objects_are_named_and_nothing_is_taken_over(project: Project) -> None:
    project.eks("deploy", *STACKS).succeeded()
    # What a kill leaves: an object that exists and that the state does not have.
    listed = project.terraform("dev-cluster", "state", "list").succeeded().output.split()
    entry = next(address for address in listed if address.startswith("aws_eks_access_entry."))
    project.terraform("dev-cluster", "state", "rm", entry).succeeded()

    outcome = project.eks("deploy", "dev-cluster")

    assert outcome.code == 1
    assert "This exists already" in outcome.output
    assert "--adopt-existing" in outcome.output
    assert log(project, "import") == []


def deploy_until(project: Project, moment: int, *stacks: str) -> int:
    """Kill a deploy, Terraform and the providers with it, once so many objects are made; return how many there are."""
    slow = project.with_environment(SANDBOX_DELAY_MS="150", AUTO_APPROVE="1")
    process = slow.start(slow.folder / "eks", "deploy", *(stacks or STACKS), "--parallel", "2")
    deadline = time.monotonic() + WAIT_SECONDS
    while process.poll() is None and created(project) < moment:
        assert time.monotonic() < deadline, "so many objects were not made in time"
        time.sleep(0.02)
    process.kill()
    for note in project.stacks.glob(f"*/{PID_FILE}"):
        with suppress(ProcessLookupError):
            os.killpg(int(note.read_text(encoding="utf-8")), signal.SIGKILL)
    process.communicate()
    return created(project)


def created(project: Project) -> int:
    """Return how many objects were made."""
    path = project.folder / ".sandbox/log.jsonl"
    return len(log(project, "create")) if path.exists() else 0


def test_the_key_of_a_cluster_that_was_lost_with_it_is_found_by_the_cluster(project: Project) -> None:
    """EKS keeps the key that a cluster was made with: the one that a further deploy makes has to give way."""
    project.eks("deploy", "dev-network").succeeded()
    project.eks("plan", "dev-cluster").succeeded()
    (cluster,) = resources(project, "aws_eks_cluster")
    project.terraform("dev-cluster", "apply", "-input=false", "-auto-approve", f"-target={cluster}").succeeded()
    (key,) = (name for name in resources(project, "aws_kms_key") if "secrets" in name)
    before = key_id(project, key)
    # What a kill leaves right after the cluster is made: everything exists, and nothing of it is in a state.
    (project.folder / ".state/dev-cluster.tfstate").unlink()

    deploy = project.eks("deploy", *STACKS, "--adopt-existing")

    deploy.succeeded()
    assert f"takes over {key} ({before})" in deploy.output
    assert "nothing uses the key that replaced it: aws kms schedule-key-deletion" in deploy.output
    assert key_id(project, key) == before
    plan = project.eks("plan", *STACKS, "--detailed-exitcode")
    assert plan.code == 0, plan.output


def resources(project: Project, type_: str) -> list[str]:
    """Return the addresses of the resources of a type that the cluster's stack has."""
    configuration = json.loads((project.stacks / "dev-cluster/cdk.tf.json").read_text(encoding="utf-8"))
    return [f"{type_}.{name}" for name in configuration["resource"][type_]]


def key_id(project: Project, address: str) -> str:
    """Return the id of a key in the state of the cluster."""
    shown = project.terraform("dev-cluster", "state", "show", address).succeeded().output
    (found,) = re.findall(r'(?m)^ +key_id +=[ ]"(.*)"$', shown)
    return str(found)
