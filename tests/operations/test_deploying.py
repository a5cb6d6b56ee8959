"""The order of a deploy and of a destroy, and what they refuse, with plans and applies that are given."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.console import Console

from config.core.errors import UsageError
from operations.deploying.deploying import Deployer
from operations.deploying.prerequisites import check_upstream
from operations.judging import guard
from operations.judging.judge import judge
from operations.planning import verification
from operations.planning.changes import Change, Changes, from_plan
from operations.planning.progress import Progress
from operations.planning.stack_plan import PLAN_FILE, Prepared, Purpose, StackPlan
from operations.terraform import states
from operations.terraform.processes import Processes
from operations.terraform.retry import Retry
from operations.terraform.runner import Outcome
from tests.operations.plans import VPC, change, plan
from tests.operations.stacks import write_stacks

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Place, Stack

NETWORK, CLUSTER = "dev-network", "dev-cluster"
SUBNET = "aws_subnet.a"
ALIAS = "aws_kms_alias.a"
THROTTLED = Outcome(
    1, ({"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "Rate exceeded"}},), "", 0
)
DENIED = Outcome(1, ({"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "denied"}},), "", 0)
DONE = Outcome(0, (), "", 0)


def planned(stack: str, actions: str = "create", address: str = SUBNET) -> StackPlan:
    """Give a plan with one change."""
    content = plan(change(actions, address=address, before={}, after={}))
    return StackPlan(stack, "changes", changes=from_plan(content), verdicts=judge(content))


class Terraform:
    """Applies as it is asked to, and remembers the order."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.processes = Processes()
        self.outcomes = list(outcomes)
        self.applied: list[str] = []
        self.arguments: list[str] = []

    def run(self, place: Place, _watch: object, command: str, *arguments: str) -> Outcome:
        assert command == "apply"
        self.applied.append(place.folder.name)
        self.arguments.append(arguments[-1])
        return self.outcomes.pop(0) if self.outcomes else DONE

    @staticmethod
    def variables(_: Place) -> dict[str, str]:
        return {}


class Planner:
    """Plans as it is asked to, after the previews; what stacks read may change once something was applied."""

    def __init__(self, terraform: Terraform, *plans: StackPlan, purpose: Purpose = Purpose.APPLY) -> None:
        self.terraform = terraform
        self.plans = list(plans)
        self.progress = Progress(Console(quiet=True))
        self.retry = Retry(2, 0)
        self.purpose = purpose
        self.values: dict[str, dict[str, Any]] = {}

    def prepare(self, stack: Stack) -> Prepared:
        values = self.values.get(stack.name, {}) if self.terraform.applied else {}
        return cast("Prepared", Given(stack.place, values))

    def forget(self, stack: Stack) -> None:
        assert stack.name

    def plan_prepared(self, *_: object, is_shown: bool) -> StackPlan:
        assert not is_shown
        return self.plans.pop(0)


class Given:
    """A prepared folder whose values are given."""

    failure = None
    stand_ins: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - never changed

    def __init__(self, place: Place, values: dict[str, Any]) -> None:
        self.place, self.values = place, values


@pytest.fixture
def stacks(tmp_path: Path) -> tuple[Stack, ...]:
    """Give dev-network and dev-cluster, which reads it."""
    return tuple(write_stacks(tmp_path / "cdktf.out").stacks.values())


def deploy(
    stacks: tuple[Stack, ...],
    planner: Planner,
    *previews: StackPlan,
    allowed: frozenset[str] = frozenset(),
    confirmed: bool = True,
    fail_fast: bool = False,
) -> dict[str, str]:
    """Deploy, and return how each stack ended."""
    by_name = {preview.stack: preview for preview in previews}
    deployer = Deployer(cast("Any", planner), by_name, guard.Allowed(allowed), confirmed, fail_fast)
    return {ended.stack: ended.status for ended in deployer.deploy_all(stacks, at_once=2)}


def test_each_stack_is_applied_after_what_it_reads_on_a_new_plan(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform(), planned(CLUSTER))
    planner.values[CLUSTER] = {"dev-network.vpc_id": "vpc-2"}
    ended = deploy(stacks, planner, planned(NETWORK), planned(CLUSTER))
    assert ended == {NETWORK: "applied", CLUSTER: "applied"}
    assert planner.terraform.applied == [NETWORK, CLUSTER]
    assert planner.plans == [], "the preview on other outputs was planned again"


def test_a_preview_holds_where_what_it_reads_is_the_same(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform())
    assert deploy(stacks, planner, planned(NETWORK), planned(CLUSTER)) == {NETWORK: "applied", CLUSTER: "applied"}
    assert planner.terraform.arguments == [PLAN_FILE, PLAN_FILE]


def test_a_first_apply_needs_no_plan_of_its_own(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform())
    deploy(stacks, planner, planned(NETWORK), replace(planned(CLUSTER), awaits=(NETWORK,)))
    assert planner.terraform.arguments == [PLAN_FILE, "-auto-approve"]


def test_a_first_apply_of_what_counts_by_a_value_is_planned(stacks: tuple[Stack, ...]) -> None:
    """How many there will be is known only once what it reads is there: the list that was confirmed has one."""
    _, cluster = stacks
    (block,) = cluster.configuration["resource"]["aws_eks_cluster"].values()
    block["count"] = "${length(data.terraform_remote_state.state-network.outputs.private_subnet_ids)}"
    planner = Planner(Terraform(), planned(CLUSTER))
    first = replace(planned(CLUSTER), awaits=(NETWORK,))
    deploy(stacks, planner, planned(NETWORK), first)
    assert planner.terraform.arguments == [PLAN_FILE, PLAN_FILE]


def test_what_a_new_plan_does_beyond_the_confirmed_one_is_printed(
    stacks: tuple[Stack, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Changes((Change("aws_vpc.a", "aws_vpc", ("change",)),))
    more = Changes((*shown.resources, Change("aws_subnet.b", "aws_subnet", ("add",))))
    planner = Planner(Terraform(), replace(planned(CLUSTER), changes=more))
    planner.values = {CLUSTER: {"dev-network.vpc_id": "vpc-2"}}
    printed: list[str] = []
    monkeypatch.setattr(planner.progress, "say", printed.append)
    deploy(stacks, planner, planned(NETWORK), replace(planned(CLUSTER), changes=shown))
    assert f"{CLUSTER}: as what it reads has changed, it also does: add aws_subnet.b" in printed


def test_what_has_a_state_by_now_is_planned_before_it_is_applied(stacks: tuple[Stack, ...], tmp_path: Path) -> None:
    write_state(tmp_path, CLUSTER, serial=1)
    planner = Planner(Terraform(), planned(CLUSTER))
    deploy(stacks, planner, planned(NETWORK), replace(planned(CLUSTER), awaits=(NETWORK,)))
    assert planner.terraform.arguments == [PLAN_FILE, PLAN_FILE]
    assert planner.plans == []


def write_state(folder: Path, stack: str, *, serial: int, lineage: str = "one") -> None:
    """Write a local state with a resource in it."""
    (folder / ".state").mkdir(exist_ok=True)
    state = {"version": 4, "serial": serial, "lineage": lineage, "resources": [{}]}
    (folder / f".state/{stack}.tfstate").write_text(json.dumps(state))


class TestWhatWasConfirmed:
    @pytest.fixture
    def preview(self, stacks: tuple[Stack, ...], tmp_path: Path) -> StackPlan:
        """Give a plan of dev-network with everything that identifies it."""
        write_state(tmp_path, NETWORK, serial=7)
        plan_file = stacks[0].folder / PLAN_FILE
        plan_file.write_bytes(b"the plan")
        wanted = verification.confirmed(stacks[0], plan_file, states.read_local(stacks[0]))
        return replace(planned(NETWORK), confirmed=wanted)

    def refusal(self, stacks: tuple[Stack, ...], preview: StackPlan) -> str:
        planner = Planner(Terraform())
        deployer = Deployer(cast("Any", planner), {NETWORK: preview}, guard.Allowed(), confirmed_by_person=True)
        (ended,) = deployer.deploy_all(stacks[:1], at_once=1)
        assert (ended.status == "applied") == (planner.terraform.applied != [])
        return "".join(map(str, ended.diagnostics))

    def test_is_applied(self, stacks: tuple[Stack, ...], preview: StackPlan) -> None:
        assert self.refusal(stacks, preview) == ""

    def test_another_plan_is_not(self, stacks: tuple[Stack, ...], preview: StackPlan) -> None:
        (stacks[0].folder / PLAN_FILE).write_bytes(b"another plan")
        assert "plan.tfplan has changed" in self.refusal(stacks, preview)

    def test_a_plan_that_is_gone_is_not(self, stacks: tuple[Stack, ...], preview: StackPlan) -> None:
        (stacks[0].folder / PLAN_FILE).unlink()
        assert "plan.tfplan was deleted" in self.refusal(stacks, preview)

    def test_another_configuration_is_not(self, stacks: tuple[Stack, ...], preview: StackPlan) -> None:
        with (stacks[0].folder / "cdk.tf.json").open("a") as file:
            file.write(" ")
        assert "cdk.tf.json has changed" in self.refusal(stacks, preview)

    @pytest.mark.parametrize("other", [{"serial": 8}, {"serial": 7, "lineage": "two"}])
    def test_on_another_state_it_is_not(
        self, other: dict[str, Any], stacks: tuple[Stack, ...], preview: StackPlan, tmp_path: Path
    ) -> None:
        write_state(tmp_path, NETWORK, **other)
        assert "the state has changed" in self.refusal(stacks, preview)

    def test_without_the_state_it_is_not(self, stacks: tuple[Stack, ...], preview: StackPlan, tmp_path: Path) -> None:
        (tmp_path / f".state/{NETWORK}.tfstate").unlink()
        assert "the state has changed: no state, planned on serial 7" in self.refusal(stacks, preview)


def test_readers_of_what_failed_are_skipped(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform(DENIED))
    assert deploy(stacks, planner, planned(NETWORK), planned(CLUSTER)) == {NETWORK: "failed", CLUSTER: "skipped"}
    assert planner.terraform.applied == [NETWORK]


def test_readers_of_what_was_skipped_are_skipped(stacks: tuple[Stack, ...]) -> None:
    network, cluster = stacks
    addons = replace(cluster, name="dev-cluster-addons", dependencies=(CLUSTER,))
    planner = Planner(Terraform(DENIED))
    previews = [planned(stack.name) for stack in (network, cluster, addons)]
    ended = deploy((network, cluster, addons), planner, *previews)
    assert ended == {NETWORK: "failed", CLUSTER: "skipped", addons.name: "skipped"}
    assert planner.terraform.applied == [NETWORK]


def test_the_state_is_kept_before_it_is_changed(stacks: tuple[Stack, ...], tmp_path: Path) -> None:
    write_state(tmp_path, NETWORK, serial=7)
    deploy(stacks, Planner(Terraform()), planned(NETWORK), planned(CLUSTER))
    (kept,) = (tmp_path / ".state/backups" / NETWORK).iterdir()
    assert json.loads(kept.read_text())["serial"] == 7
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("fail_fast", "status"), [(True, "skipped"), (False, "applied")])
def test_after_a_failure_nothing_else_is_begun_where_that_is_wanted(
    stacks: tuple[Stack, ...], *, fail_fast: bool, status: str
) -> None:
    # Three in a chain: the first has nothing to do with the other two, of which the last waits for the second.
    network, cluster = stacks
    first = replace(network, name="dev-first")
    planner = Planner(Terraform(DENIED))
    previews = [planned(name) for name in (first.name, NETWORK, CLUSTER)]
    deployer = Deployer(cast("Any", planner), {p.stack: p for p in previews}, guard.Allowed(), True, fail_fast)  # noqa: FBT003
    ended = {plan.stack: plan.status for plan in deployer.deploy_all((first, network, cluster), at_once=1)}
    assert ended["dev-first"] == "failed"
    assert ended[CLUSTER] == status


def test_a_destroy_takes_readers_first_and_keeps_what_a_failed_one_needs(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform(), purpose=Purpose.DESTROY)
    previews = (planned(NETWORK, "delete", ALIAS), planned(CLUSTER, "delete", ALIAS))
    assert deploy(stacks, planner, *previews) == {NETWORK: "applied", CLUSTER: "applied"}
    assert planner.terraform.applied == [CLUSTER, NETWORK]
    failing = Planner(Terraform(DENIED), purpose=Purpose.DESTROY)
    assert deploy(stacks, failing, *previews) == {CLUSTER: "failed", NETWORK: "skipped"}
    assert failing.terraform.applied == [CLUSTER]


def test_nothing_more_is_started_while_it_is_being_stopped(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform())
    planner.terraform.processes.stopping = True
    assert set(deploy(stacks, planner, planned(NETWORK), planned(CLUSTER)).values()) == {"stopped"}


def test_a_plan_that_still_rests_on_examples_is_refused(stacks: tuple[Stack, ...]) -> None:
    stood_in = replace(planned(CLUSTER), stand_ins={NETWORK: ("vpc_id",)})
    planner = Planner(Terraform(), stood_in)
    assert deploy(stacks, planner, StackPlan(NETWORK, "no changes"), stood_in)[CLUSTER] == "failed"
    assert planner.terraform.applied == []


def test_the_guard_sees_the_plan_that_is_applied(stacks: tuple[Stack, ...]) -> None:
    for allowed, status in ((frozenset[str](), "failed"), (frozenset({f"{CLUSTER}/{VPC}"}), "applied")):
        planner = Planner(Terraform(), planned(CLUSTER, "delete", VPC))
        planner.values[CLUSTER] = {"dev-network.vpc_id": "vpc-2"}
        ended = deploy(stacks, planner, planned(NETWORK), planned(CLUSTER), allowed=allowed, confirmed=False)
        assert ended[CLUSTER] == status


@pytest.mark.parametrize(("confirmed", "status"), [(True, "failed"), (False, "applied")])
def test_what_loses_more_than_a_person_confirmed_is_refused(
    stacks: tuple[Stack, ...], *, confirmed: bool, status: str
) -> None:
    planner = Planner(Terraform(), planned(CLUSTER, "delete", ALIAS))
    planner.values[CLUSTER] = {"dev-network.vpc_id": "vpc-2"}
    assert deploy(stacks, planner, planned(NETWORK), planned(CLUSTER), confirmed=confirmed)[CLUSTER] == status


def test_what_a_try_began_to_make_may_be_replaced_by_the_next(stacks: tuple[Stack, ...]) -> None:
    planner = Planner(Terraform(THROTTLED), planned(NETWORK, "delete create", VPC))
    assert deploy(stacks[:1], planner, planned(NETWORK, "create", VPC)) == {NETWORK: "applied"}
    assert planner.terraform.applied == [NETWORK, NETWORK]


@pytest.mark.parametrize("missing", [{"stand_ins": {NETWORK: ("vpc_id",)}}, {"awaits": (NETWORK,)}])
def test_fails_where_the_upstream_is_neither_there_nor_chosen(
    missing: dict[str, Any], stacks: tuple[Stack, ...]
) -> None:
    preview = replace(planned(CLUSTER), **missing)
    with pytest.raises(UsageError, match=r"^dev-cluster reads dev-network, not applied yet: deploy that first"):
        check_upstream([preview], stacks[1:])
    check_upstream([preview], stacks)
