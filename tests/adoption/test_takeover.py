"""The whole way on the provider stand-ins: the layout is applied, taken over, planned, applied and planned again.

`TEST_PROVIDER_MIRROR` needs version 4.67.0 of the aws provider for the layout, in addition to the one of this project.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.adoption.layout import Store, answer_imports, apply_layout, forget, states_of
from tests.pages import assert_shown, shown_in
from tests.programs import README_HINT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import NewProject
    from tests.integration.project import Outcome, Project
    from tests.synthesis import Synthesized

STACKS = ("dev-network", "dev-cluster", "dev-csi-addon", "dev-kube-prom-stack")
OLD_AWS = "4.67.0"
# What only the layout has; everything else is in the stacks.
LAYOUT_TYPES = ("aws_iam_policy", "kubernetes_secret", "kubernetes_service_account")
RENAMED = "control-plane"
MISSING = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@dataclass(frozen=True)
class Takeover:
    """What each step of a takeover gave."""

    adopted: Outcome
    report: dict[str, Any]
    plans: dict[str, dict[str, Any]]
    second_plans: dict[str, Outcome]
    before: dict[str, str]
    after: dict[str, str]
    old_states: dict[str, bytes]
    old_states_after: dict[str, bytes]

    def actions(self) -> list[tuple[str, ...]]:
        """Return what the first plans would do with each resource."""
        return [tuple(one["change"]["actions"]) for plan in self.plans.values() for one in plan["resource_changes"]]

    def imported(self) -> dict[str, str]:
        """Return the ids that the first plans import, by address."""
        return {
            f"{stack} {one['address']}": one["change"]["importing"]["id"]
            for stack, plan in self.plans.items()
            for one in plan["resource_changes"]
            if "importing" in one["change"]
        }


@pytest.fixture(scope="module")
def sandbox(mirror: Path, new_project: NewProject, synthesized: Synthesized) -> Project:
    """Copy the project, with an account of stand-ins that is strict and sees drift."""
    if not list(mirror.glob(f"registry.terraform.io/hashicorp/aws/{OLD_AWS}/*")):
        pytest.skip(f"needs version {OLD_AWS} of the aws provider's stand-in, which an old layout has: {README_HINT}")
    types = {
        type_
        for stack in synthesized.stacks.values()
        for kind in ("resource", "data")
        for type_ in stack.json.get(kind, {})
    }
    project = new_project()
    folder = project.folder / ".sandbox"
    folder.mkdir()
    return project.with_environment(
        TF_CLI_CONFIG_FILE=str(mirror / "terraform.rc"),
        SANDBOX_STORE=str(folder / "store"),
        SANDBOX_TYPES=",".join(sorted({*types, *LAYOUT_TYPES})),
        SANDBOX_STRICT="1",
        SANDBOX_DRIFT="1",
    )


@pytest.fixture(scope="module")
def takeover(sandbox: Project) -> Takeover:
    """Take over the layout, of which one object is missing, one renamed, and one made outside Terraform."""
    live = sandbox.folder.parent / f"{sandbox.folder.name}-live"
    apply_layout(live, sandbox, aws=OLD_AWS, cluster_role_name=RENAMED)
    store = Store(sandbox.folder / ".sandbox/store")
    _lose(store, states_of(live))
    answer_imports(store)
    before = store.ids()
    old_states = {unit: path.read_bytes() for unit, path in states_of(live).items()}
    adopted = sandbox.run("python", "-m", "adoption", "dev", "--from", live).succeeded()
    sandbox.main().succeeded()
    plans = {stack: _plan_and_apply(sandbox, stack) for stack in STACKS}
    with ThreadPoolExecutor(max_workers=2) as pool:
        again = pool.map(lambda stack: sandbox.terraform(stack, "plan", "-detailed-exitcode", "-input=false"), STACKS)
        second_plans = dict(zip(STACKS, again, strict=True))
    return Takeover(
        adopted=adopted,
        report=json.loads((sandbox.folder / "adoption-report/dev.json").read_text(encoding="utf-8")),
        plans=plans,
        second_plans=second_plans,
        before=before,
        after=store.ids(),
        old_states=old_states,
        old_states_after={unit: path.read_bytes() for unit, path in states_of(live).items()},
    )


def _lose(store: Store, states: dict[str, Path]) -> None:
    """Lose an attachment as if it had never been made, and the NAT gateway's address out of the state alone."""
    attachment = forget(states["eks"], "aws_iam_role_policy_attachment", "policy_arn", MISSING)
    store.remove("aws_iam_role_policy_attachment", attachment)
    forget(states["vpc"], "aws_eip", "domain", "vpc")


def _plan_and_apply(project: Project, stack: str) -> dict[str, Any]:
    project.terraform(stack, "init", "-input=false").succeeded()
    project.terraform(stack, "plan", "-input=false", "-out=plan").succeeded()
    shown = project.run("terraform", "show", "-json", "plan", cwd=project.stacks / stack).succeeded().output
    plan: dict[str, Any] = json.loads(shown)
    project.terraform(stack, "apply", "-input=false", "plan").succeeded()
    return plan


def test_everything_is_imported_and_nothing_destroyed_or_replaced(takeover: Takeover) -> None:
    assert len(takeover.imported()) == len(takeover.report["adopted"])
    assert not [actions for actions in takeover.actions() if "delete" in actions]
    assert f"{len(takeover.report['adopted'])} to import" in takeover.adopted.output
    assert_shown(shown_in("adoption.md")[0].replace("live/dev", "…"), takeover.adopted.output)


def test_the_second_plan_is_empty(takeover: Takeover) -> None:
    codes = {stack: plan.code for stack, plan in takeover.second_plans.items()}
    assert codes == dict.fromkeys(STACKS, 0), takeover.second_plans


def test_every_object_has_the_id_it_had(takeover: Takeover) -> None:
    assert takeover.before
    assert {file: takeover.after.get(file) for file in takeover.before} == takeover.before


def test_the_old_states_are_as_they_were(takeover: Takeover) -> None:
    assert takeover.old_states_after == takeover.old_states


def test_what_is_missing_is_made(takeover: Takeover) -> None:
    made = [
        one["change"]["after"]
        for one in takeover.plans["dev-cluster"]["resource_changes"]
        if one["type"] == "aws_iam_role_policy_attachment" and one["change"]["actions"] == ["create"]
    ]
    assert [attachment["policy_arn"] for attachment in made] == [MISSING]


def test_what_is_renamed_keeps_its_name(takeover: Takeover) -> None:
    assert RENAMED in takeover.imported().values()


def test_what_no_state_has_is_taken_over(takeover: Takeover) -> None:
    (address,) = [one for one in takeover.report["adopted"] if one["type"] == "aws_eip"]
    assert address["unit"] == "no state"
    assert address["import_id"] in takeover.imported().values()
