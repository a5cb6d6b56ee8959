"""The order of a deploy, and what it refuses, with plans and applies that are given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.console import Console

from operations.cdktf import UsageError
from operations.planning.changes import from_plan
from operations.planning.deploying import Deployer, check_upstream
from operations.planning.planning import StackPlan
from operations.planning.progress import Progress
from operations.terraform.retry import Retry
from operations.terraform.terraform import Outcome, Processes
from tests.operations.plans import VPC, change, plan
from tests.operations.stacks import write_stacks

if TYPE_CHECKING:
    from operations.planning.synthesized import Stack

NETWORK, CLUSTER = "dev-network", "dev-cluster"
SUBNET = "aws_subnet.a"
THROTTLED = Outcome(
    1, ({"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "Rate exceeded"}},), "", 0
)
DONE = Outcome(0, (), "", 0)


def planned(stack: str, actions: str = "create", address: str = SUBNET) -> StackPlan:
    """Give a plan with one change."""
    return StackPlan(stack, "changes", Path(), from_plan(plan(change(actions, address=address, before={}, after={}))))


class Terraform:
    """Applies as it is told, and remembers the order."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.processes = Processes()
        self.outcomes = list(outcomes)
        self.applied: list[str] = []

    def run(self, folder: Path, _watch: object, command: str, *_: str) -> Outcome:
        assert command == "apply"
        self.applied.append(folder.name)
        return self.outcomes.pop(0) if self.outcomes else DONE


class Planner:
    """Plans as it is told, after the previews."""

    def __init__(self, terraform: Terraform, *plans: StackPlan) -> None:
        self.terraform = terraform
        self.plans = list(plans)
        self.progress = Progress(Console(quiet=True))
        self.retry = Retry(2, 0)

    def prepare(self, stack: Stack) -> Stack:
        return stack

    def forget(self, stack: Stack) -> None:
        assert stack.name

    def plan_prepared(self, *_: object) -> StackPlan:
        return self.plans.pop(0)


@pytest.fixture
def stacks(tmp_path: Path) -> tuple[Stack, ...]:
    """Give dev-network and dev-cluster, which reads it."""
    return write_stacks(tmp_path, backend="s3").select(environment="dev")


def deploy(
    stacks: tuple[Stack, ...],
    planner: Planner,
    *previews: StackPlan,
    allowed: frozenset[str] = frozenset(),
    confirmed: bool = True,
) -> dict[str, str]:
    """Deploy, and return how each stack ended."""
    by_name = {preview.stack: preview for preview in previews}
    deployer = Deployer(cast("Any", planner), by_name, allowed, confirmed)
    return {ended.stack: ended.status for ended in deployer.deploy_all(stacks, at_once=2)}


def test_each_stack_is_applied_after_what_it_reads_on_a_new_plan(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform(), planned(CLUSTER))
    ended = deploy(stacks, planner, planned(NETWORK), replace(planned(CLUSTER), stand_ins={NETWORK: ("vpc_id",)}))
    assert ended == {NETWORK: "applied", CLUSTER: "applied"}
    assert planner.terraform.applied == [NETWORK, CLUSTER]
    assert planner.plans == [], "the preview on example values was planned again"


def test_a_preview_holds_where_nothing_before_it_changed(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform())
    unchanged = StackPlan(NETWORK, "no changes", Path())
    assert deploy(stacks, planner, unchanged, planned(CLUSTER)) == {NETWORK: "no changes", CLUSTER: "applied"}


def test_readers_of_what_failed_are_skipped(stacks: tuple[Stack, ...]) -> None:
    lasting = Outcome(1, ({"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "denied"}},), "", 0)
    planner = Planner(Terraform(lasting))
    assert deploy(stacks, planner, planned(NETWORK), planned(CLUSTER)) == {NETWORK: "failed", CLUSTER: "skipped"}
    assert planner.terraform.applied == [NETWORK]


def test_nothing_more_is_started_while_it_is_being_stopped(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform())
    planner.terraform.processes.stopping = True
    assert set(deploy(stacks, planner, planned(NETWORK), planned(CLUSTER)).values()) == {"skipped"}


def test_a_plan_that_still_rests_on_examples_is_refused(stacks: tuple[Stack, ...]) -> None:
    stood_in = replace(planned(CLUSTER), stand_ins={NETWORK: ("vpc_id",)})
    planner = Planner(Terraform(), stood_in)
    assert deploy(stacks, planner, StackPlan(NETWORK, "no changes", Path()), stood_in)[CLUSTER] == "failed"
    assert planner.terraform.applied == []


def test_the_guard_sees_the_plan_that_is_applied(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform(), planned(CLUSTER, "delete", VPC))
    assert deploy(stacks, planner, planned(NETWORK), planned(CLUSTER), confirmed=False)[CLUSTER] == "failed"
    allowed = frozenset({f"{CLUSTER}/{VPC}"})
    planner = Planner(Terraform(), planned(CLUSTER, "delete", VPC))
    ended = deploy(stacks, planner, planned(NETWORK), planned(CLUSTER), allowed=allowed, confirmed=False)
    assert ended[CLUSTER] == "applied"


@pytest.mark.parametrize(("confirmed", "status"), [(True, "failed"), (False, "applied")])
def test_what_loses_more_than_a_person_confirmed_is_refused(
    stacks: tuple[Stack, ...], *, confirmed: bool, status: str
) -> None:
    planner = Planner(Terraform(), planned(CLUSTER, "delete"))
    assert deploy(stacks, planner, planned(NETWORK), planned(CLUSTER), confirmed=confirmed)[CLUSTER] == status


def test_what_a_try_began_to_make_may_be_replaced_by_the_next(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform(THROTTLED), planned(NETWORK, "delete create", VPC))
    assert deploy(stacks[:1], planner, planned(NETWORK, "create", VPC)) == {NETWORK: "applied"}
    assert planner.terraform.applied == [NETWORK, NETWORK]


def test_fails_where_the_upstream_is_neither_there_nor_chosen(stacks: tuple[Stack, ...]) -> None:
    stood_in = replace(planned(CLUSTER), stand_ins={NETWORK: ("vpc_id",)})
    with pytest.raises(UsageError, match=r"^dev-cluster reads dev-network, not applied yet: deploy that first"):
        check_upstream([stood_in], stacks[1:])
    check_upstream([stood_in], stacks)
