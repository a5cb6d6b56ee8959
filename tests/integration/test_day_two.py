"""Changes of a deployed environment on the strict stand-ins: each does what AWS does, or is stopped before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from operations.judging.judge import judge, worst
from operations.judging.planned import objects_of
from operations.judging.verdict import Effect
from tests import last_release
from tests.integration.account import local, moves, stacks_of, touched

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from operations.judging.planned import Object
    from operations.judging.verdict import Verdict
    from tests.conftest import Vary
    from tests.integration.account import Account, Json

SETTINGS = dict[str, Any]
GROUP = "cluster.node_groups.general"
ADMIN = [{"policy": "AmazonEKSClusterAdminPolicy"}]
CREATOR = "user/sandbox"
THIRD_ZONE: SETTINGS = {"network.zones": ["us-east-2a", "us-east-2b", "us-east-2c"]}
COMPUTED: SETTINGS = {"network.private_subnet_cidrs": None, "network.public_subnet_cidrs": None}
# The monitoring is a stack of its own, whose plans take longer than those of the others together.
WITHOUT_MONITORING = ("network", "cluster", "csi-addon", "cluster-addons")
REPLACED = (["delete", "create"], ["create", "delete"], ["delete"])


@dataclass
class Deployed:
    """A deployed environment: its account, the settings that were applied, and how to plan others."""

    account: Account
    vary: Vary
    settings: SETTINGS = field(default_factory=dict)

    def stacks(self, settings: SETTINGS) -> dict[str, Json]:
        """Synthesize `dev` with some settings changed."""
        found = self.account.stacks_of(self.vary({**self.settings, **settings}))
        return {name: stack for name, stack in found.items() if not name.endswith("-kube-prom-stack")}

    def plan(self, settings: SETTINGS, *names: str) -> dict[str, Json]:
        """Plan other settings, without applying them."""
        stacks = self.stacks(settings)
        chosen = [f"dev-{name}" for name in names] or list(stacks)
        self.account.set_up({name: stacks[name] for name in chosen})
        return {name: self.account.plan(name) for name in chosen}

    def apply(self, settings: SETTINGS, *names: str) -> dict[str, Json]:
        """Plan and apply other settings."""
        stacks = self.stacks(settings)
        chosen = {f"dev-{name}" for name in names} or set(stacks)
        return self.account.deploy({name: stack for name, stack in stacks.items() if name in chosen})

    def judge(self, settings: SETTINGS, *names: str) -> list[Verdict]:
        """Judge the plans of other settings, each knowing what the others have."""
        plans = self.plan(settings, *names)
        return [verdict for name, plan in plans.items() for verdict in judge(plan, others(plans, name))]

    def copy_to(self, folder: Path) -> Deployed:
        """Return a copy that may be changed."""
        return Deployed(self.account.copy_to(folder), self.vary, self.settings)


def others(plans: dict[str, Json], name: str) -> list[Object]:
    """Return what exists in the other stacks."""
    return [one for other, plan in plans.items() if other != name for one in objects_of(plan)]


def actions(plans: dict[str, Json]) -> dict[str, list[str]]:
    """Return the actions of all plans by address."""
    return {address: done for plan in plans.values() for address, done in touched(plan).items()}


def kept(plans: dict[str, Json]) -> bool:
    """Whether nothing is deleted or replaced."""
    return all(done not in REPLACED for done in actions(plans).values())


@pytest.fixture(scope="module")
def dev(new_account: Callable[[], Account], vary: Vary) -> Deployed:
    """Deploy `dev` without its monitoring; nothing may be applied to it, only planned."""
    deployed = Deployed(new_account(), vary)
    deployed.apply({})
    return deployed


@pytest.fixture
def changeable(dev: Deployed, tmp_path: Path) -> Deployed:
    """Return a copy of the deployed `dev` that a test may change."""
    return dev.copy_to(tmp_path / "account")


@pytest.mark.parametrize("environment", ["dev", "qa", "prod"])
def test_states_of_the_last_release_plan_without_a_replacement(
    environment: str, new_account: Callable[[], Account], tmp_path: Path
) -> None:
    account = new_account()
    former = last_release.stacks_of(environment)
    account.deploy({name: local(name, stack) for name, stack in former.items()})
    made = stacks_of(last_release.environment_of(environment), tmp_path / "cdktf.out")
    plans = account.deploy({name: made[name] for name in former})
    replaced = {address: done for address, done in actions(plans).items() if done in REPLACED}
    expected = last_release.expected()
    assert replaced == expected["replaced"].get(environment, {})
    verdicts = [verdict for plan in plans.values() for verdict in judge(plan)]
    assert worst(verdicts) in {Effect.HARMLESS, Effect.INTERRUPTS}
    interrupted = [verdict.address for verdict in verdicts if verdict.effect is Effect.INTERRUPTS]
    assert interrupted == expected["interrupted"].get(environment, [])
    again = {name: account.plan(name) for name in former}
    assert (actions(again), [moves(plan) for plan in again.values()]) == ({}, [{}] * len(again))
    assert {name for name, plan in plans.items() if moves(plan)} >= set(expected["moved"]) & plans.keys()


GIVEN: SETTINGS = {
    **THIRD_ZONE,
    "network.private_subnet_cidrs": ["10.0.0.0/19", "10.0.32.0/19", "10.0.128.0/19"],
    "network.public_subnet_cidrs": ["10.0.64.0/19", "10.0.96.0/19", "10.0.160.0/19"],
}


class TestZones:
    def test_a_third_zone_with_given_blocks_adds_subnets_and_touches_nothing_else(self, changeable: Deployed) -> None:
        self.adds_four(changeable, GIVEN)

    def test_a_third_zone_with_computed_blocks_adds_subnets_and_touches_nothing_else(
        self, new_account: Callable[[], Account], vary: Vary
    ) -> None:
        computed = Deployed(new_account(), vary, COMPUTED)
        computed.apply({}, "network", "cluster")
        self.adds_four(computed, THIRD_ZONE)

    @staticmethod
    def adds_four(deployed: Deployed, settings: SETTINGS) -> None:
        """Apply a third zone: a private and a public subnet, and the routes of both."""
        plans = deployed.apply(settings, "network", "cluster")
        found = actions(plans)
        assert sorted({address.partition(".")[0] for address in found}) == ["aws_route_table_association", "aws_subnet"]
        assert list(found.values()) == [["create"]] * 4
        assert actions(deployed.plan(settings, "network", "cluster")) == {}

    def test_a_node_group_of_the_new_zone_can_be_added(self, changeable: Deployed) -> None:
        group = {"cluster.node_groups.new": {"zones": ["us-east-2c"]}}
        changeable.apply(GIVEN, "network")
        plans = changeable.apply({**GIVEN, **group}, "cluster")
        assert list(actions(plans).values()) == [["create"]] * 2

    @pytest.mark.parametrize("settings", [{}, COMPUTED])
    def test_zones_in_another_order_change_nothing(self, settings: SETTINGS, dev: Deployed) -> None:
        plans = dev.plan({**settings, "network.zones": ["us-east-2b", "us-east-2a"]}, "network", "cluster")
        assert actions(plans) == {}

    def test_a_zone_in_use_is_not_removed(self, changeable: Deployed) -> None:
        changeable.apply(GIVEN, "network")
        blocks = {
            "network.zones": ["us-east-2b", "us-east-2c"],
            "network.private_subnet_cidrs": ["10.0.32.0/19", "10.0.128.0/19"],
            "network.public_subnet_cidrs": ["10.0.96.0/19", "10.0.160.0/19"],
        }
        found = changeable.judge(blocks, "network", "cluster")
        assert {verdict.effect for verdict in found if "subnets_private" in verdict.address} == {Effect.IMPOSSIBLE}


class TestAddons:
    def test_the_cni_switched_off_is_left_alone(self, changeable: Deployed) -> None:
        settings = {"cluster.addons.vpc_cni.enabled": False}
        assert worst(changeable.judge(settings, "cluster")) is Effect.HARMLESS
        changeable.account.forget_operations()
        changeable.apply(settings, "cluster")
        (deleted,) = changeable.account.operations("delete")
        assert deleted["type"] == "aws_eks_addon"

    def test_a_new_cluster_without_the_cni_is_refused(self, new_account: Callable[[], Account], vary: Vary) -> None:
        new = Deployed(new_account(), vary)
        new.apply({}, "network")
        assert worst(new.judge({"cluster.addons.vpc_cni.enabled": False}, "cluster")) is Effect.IMPOSSIBLE

    @pytest.mark.parametrize(
        ("settings", "stack"),
        [
            ({"cluster_addons.cluster_autoscaler.enabled": False}, "dev-cluster-addons"),
            ({"csi_addon.enabled": False}, "dev-csi-addon"),
        ],
    )
    def test_a_stack_that_is_switched_off_is_emptied(
        self, settings: SETTINGS, stack: str, changeable: Deployed
    ) -> None:
        stacks = changeable.stacks(settings)
        assert list(stacks)[-1] == stack
        (plan,) = changeable.account.deploy({stack: stacks[stack]}).values()
        found = touched(plan)
        assert found
        assert list(found.values()) == [["delete"]] * len(found)
        assert stack not in changeable.stacks(settings)


class TestIdentities:
    def test_pod_identity_keeps_the_role_and_changes_its_trust(self, changeable: Deployed) -> None:
        settings = {"cluster_addons.identity": "pod-identity"}
        plans = changeable.apply(settings, "cluster-addons")
        found = {address.partition(".")[0]: done for address, done in actions(plans).items()}
        assert found == {
            "aws_eks_pod_identity_association": ["create"],
            "aws_iam_role": ["update"],
            "helm_release": ["update"],
        }
        assert actions(changeable.plan(settings, "cluster-addons")) == {}

    def test_another_key_of_an_entry_changes_nothing(self, changeable: Deployed) -> None:
        entry = {"principal": "role/sre", "policies": ADMIN}
        changeable.apply({"cluster.access_entries": {"sre": entry}}, "cluster")
        assert actions(changeable.plan({"cluster.access_entries": {"people": entry}}, "cluster")) == {}

    def test_the_creators_flag_becomes_an_entry_of_the_same_principal(self, changeable: Deployed) -> None:
        settings = {
            "cluster.enable_cluster_creator_admin_permissions": False,
            "cluster.access_entries": {"me": {"principal": CREATOR, "policies": ADMIN}},
        }
        plans = changeable.plan(settings, "cluster")
        assert actions(plans) == {}
        assert len(moves(plans["dev-cluster"])) == 2

    def test_the_creators_flag_becomes_one_of_several_entries(self, dev: Deployed) -> None:
        principals = {"me": CREATOR, "sre": "role/sre"}
        settings = {
            "cluster.enable_cluster_creator_admin_permissions": False,
            "cluster.access_entries": {
                name: {"principal": principal, "policies": ADMIN} for name, principal in principals.items()
            },
        }
        found = [verdict for verdict in dev.judge(settings, "cluster") if verdict.effect is Effect.IMPOSSIBLE]
        assert len(found) == 2
        asked = dict(_move(verdict) for verdict in found)
        assert worst(dev.judge({**settings, "moved": {"cluster": asked}}, "cluster")) is Effect.HARMLESS

    def test_the_creators_flag_beside_an_entry_of_the_same_principal_is_refused(self, dev: Deployed) -> None:
        settings = {"cluster.access_entries": {"me": {"principal": CREATOR, "policies": ADMIN}}}
        assert worst(dev.judge(settings, "cluster")) is Effect.IMPOSSIBLE


def _move(verdict: Verdict) -> tuple[str, str]:
    """Read the move that a verdict asks for."""
    former, address = verdict.way.rpartition("{")[2].rstrip("}").split(": ")
    return former, address


class TestCluster:
    def test_a_version_back_is_refused(self, dev: Deployed) -> None:
        found = dev.judge({"cluster.version": "1.34"}, "cluster")
        assert found[0].effect is Effect.IMPOSSIBLE
        assert found[0].way == 'set version to "1.35"'

    def test_the_next_version_is_applied(self, changeable: Deployed) -> None:
        settings = {"cluster.version": "1.36"}
        assert {v.effect for v in changeable.judge(settings, "cluster")} == {Effect.INTERRUPTS, Effect.ROLLS}
        changeable.apply(settings, "cluster")
        assert actions(changeable.plan(settings, "cluster")) == {}

    def test_two_versions_at_once_are_refused(self, new_account: Callable[[], Account], vary: Vary) -> None:
        old = Deployed(new_account(), vary, {"cluster.version": "1.34"})
        old.apply({}, "network", "cluster")
        found = old.judge({"cluster.version": "1.36"}, "cluster")
        assert found[0].effect is Effect.IMPOSSIBLE
        assert found[0].way == 'set version to "1.35" first, deploy, then the next'

    @pytest.mark.parametrize(
        "settings",
        [
            {"cluster.kms_key_arn": "arn:aws:kms:us-east-2:123456789012:key/11111111-2222-3333-4444-555555555555"},
            {"cluster.encrypt_secrets": False},
        ],
    )
    def test_another_key_or_none_is_refused(self, settings: SETTINGS, dev: Deployed) -> None:
        assert worst(dev.judge(settings, "cluster")) is Effect.IMPOSSIBLE

    def test_a_tag_says_that_it_rolls_the_nodes(self, dev: Deployed) -> None:
        (found,) = dev.judge({"tags": {"project": "gd9", "team": "a"}}, "cluster")
        assert found.effect is Effect.ROLLS
        assert found.what.startswith("3 nodes are replaced")


class TestNodeGroups:
    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("instance_types", ["t3.medium", "t3a.medium"]),
            ("capacity_type", "ON_DEMAND"),
            ("ami_type", "BOTTLEROCKET_x86_64"),
        ],
    )
    def test_another_one_is_made_first(self, setting: str, value: object, changeable: Deployed) -> None:
        settings = {f"{GROUP}.{setting}": value}
        assert worst(changeable.judge(settings, "cluster")) is Effect.ROLLS
        changeable.account.forget_operations()
        changeable.apply(settings, "cluster")
        done = [*changeable.account.operations("create"), *changeable.account.operations("delete")]
        order = sorted((entry["time"], entry["op"]) for entry in done if entry["type"] == "aws_eks_node_group")
        assert [operation for _, operation in order] == ["create", "delete"]
        assert actions(changeable.plan(settings, "cluster")) == {}

    def test_another_key_says_the_two_steps(self, dev: Deployed) -> None:
        groups = dev.vary({}).model_dump(mode="json", exclude_unset=True)["cluster"]["node_groups"]
        found = dev.judge({"cluster.node_groups": {"workers": groups["general"]}}, "cluster")
        (lost,) = [verdict for verdict in found if verdict.effect is Effect.LOSES]
        assert lost.way == "add the new node group first and deploy, then remove this one and deploy"

    @pytest.mark.parametrize(
        "settings",
        [
            {f"{GROUP}.min_size": 4, f"{GROUP}.desired_size": 4},
            {f"{GROUP}.max_size": 2, f"{GROUP}.desired_size": 2},
        ],
    )
    def test_sizes_that_do_not_include_what_runs_are_refused_and_the_way_works(
        self, settings: SETTINGS, changeable: Deployed
    ) -> None:
        assert worst(changeable.judge(settings, "cluster")) is Effect.IMPOSSIBLE
        (stored,) = (changeable.account.project.folder / ".sandbox/store/aws_eks_node_group").iterdir()
        group = json.loads(stored.read_text(encoding="utf-8"))
        group["attributes"]["scaling_config"][0]["desired_size"] = settings[f"{GROUP}.desired_size"]
        stored.write_text(json.dumps(group), encoding="utf-8")
        assert worst(changeable.judge(settings, "cluster")) is Effect.HARMLESS
        changeable.apply(settings, "cluster")
        assert actions(changeable.plan(settings, "cluster")) == {}


class TestNatGateways:
    def test_one_a_zone_keeps_the_old_one_and_its_address(self, changeable: Deployed) -> None:
        settings = {"network.nat_gateways": "per_zone"}
        changeable.account.forget_operations()
        plans = changeable.apply(settings, "network")
        assert kept(plans)
        assert len(moves(plans["dev-network"])) == 4
        made = [entry["type"] for entry in changeable.account.operations("create")]
        assert sorted(made) == ["aws_eip", "aws_nat_gateway", "aws_route", "aws_route_table"]
        assert changeable.account.operations("delete") == []
        assert actions(changeable.plan(settings, "network")) == {}

    def test_a_subnet_has_its_new_way_out_before_it_leaves_the_old_one(self, changeable: Deployed) -> None:
        changeable.account.forget_operations()
        changeable.apply({"network.nat_gateways": "per_zone"}, "network")
        time_of = {
            (entry["op"], entry["type"]): entry["time"]
            for operation in ("create", "update")
            for entry in changeable.account.operations(operation)
        }
        assert time_of["create", "aws_route"] < time_of["update", "aws_route_table_association"]

    def test_back_to_a_single_one(self, changeable: Deployed) -> None:
        changeable.apply({"network.nat_gateways": "per_zone"}, "network")
        lost = [verdict.address for verdict in changeable.judge({}, "network") if verdict.effect is Effect.LOSES]
        assert [address.partition(".")[0] for address in lost] == ["aws_eip"]
        changeable.apply({}, "network")
        assert actions(changeable.plan({}, "network")) == {}


class TestStorageClasses:
    def test_another_reclaim_policy_makes_the_class_anew(self, changeable: Deployed) -> None:
        settings = {"csi_addon.storage_class.reclaim_policy": "Retain"}
        assert worst(changeable.judge(settings, "csi-addon")) is Effect.INTERRUPTS
        changeable.apply(settings, "csi-addon")
        assert actions(changeable.plan(settings, "csi-addon")) == {}
        (stored,) = (changeable.account.project.folder / ".sandbox/store/kubernetes_storage_class_v1").iterdir()
        assert json.loads(stored.read_text(encoding="utf-8"))["attributes"]["reclaim_policy"] == "Retain"

    def test_another_name_is_stopped_with_the_way(self, dev: Deployed) -> None:
        (found,) = dev.judge({"csi_addon.storage_class.name": "fast"}, "csi-addon")
        assert found.effect is Effect.LOSES
        assert found.way.startswith("leave its name")


def test_a_limited_public_endpoint_without_the_private_one_is_refused(vary: Vary) -> None:
    with pytest.raises(ValueError, match="could never join"):
        vary(
            {
                "cluster.endpoint_public_access": True,
                "cluster.endpoint_public_access_cidrs": ["8.8.8.0/24"],
                "cluster.endpoint_private_access": False,
            }
        )


def test_a_destruction_leaves_nothing(changeable: Deployed) -> None:
    for stack in ("dev-cluster-addons", "dev-csi-addon", "dev-cluster", "dev-network"):
        plan = changeable.account.plan(stack, "-destroy")
        assert worst(judge(plan, is_destruction=True)) is not Effect.IMPOSSIBLE
        changeable.account.apply(stack).succeeded()
    assert not list((changeable.account.project.folder / ".sandbox/store").rglob("*.json"))
