"""Networks of every kind, deployed, changed and destroyed on stand-ins that refuse what AWS refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from config.network.endpoints import OWN_IN_CHINA, USUAL_IN_CHINA
from config.network.reach import GATEWAYS
from operations.judging.judge import judge
from operations.judging.verdict import Effect
from tests.integration.account import Account, touched
from tests.integration.every_setting import objects_beside
from tests.invariants.test_settings_have_effect import FURTHER_SUBNETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Vary
    from tests.integration.account import Json

STACKS = ("dev-network", "dev-cluster")
CUSTOM_NETWORKING = {**FURTHER_SUBNETS, "cluster.addons.vpc_cni.custom_networking": True}


def planned(account: Account, vary: Vary, settings: dict[str, Any], stack: str) -> Json:
    """Plan a stack with other settings."""
    stacks = account.stacks_of(vary(settings))
    account.set_up({stack: stacks[stack]})
    return account.plan(stack)


def deploy(account: Account, vary: Vary, settings: dict[str, Any]) -> dict[str, Json]:
    """Deploy the network and the cluster."""
    return account.deploy(account.stacks_of(vary(settings)), STACKS)


def test_pods_get_subnets_of_their_own(new_account: Callable[[], Account], vary: Vary) -> None:
    account = new_account()
    deploy(account, vary, {})
    plans = deploy(account, vary, CUSTOM_NETWORKING)
    for stack, plan in plans.items():
        assert list(judge(plan, objects_beside(account, stack))) == []
    assert set(map(tuple, touched(plans["dev-network"]).values())) == {("create",), ("update",)}
    shown = next(
        entry["change"]["after"]
        for entry in plans["dev-cluster"]["resource_changes"]
        if entry["type"] == "aws_eks_addon" and entry["change"]["after"]["addon_name"] == "vpc-cni"
    )
    subnets = json.loads(shown["configuration_values"])["eniConfig"]["subnets"]
    outputs = account.project.outputs("dev-network")
    assert [subnets[zone]["id"] for zone in outputs["pods_subnet_zones"]] == outputs["pods_subnet_ids"]
    assert all(one["securityGroups"][0].startswith("sg-") for one in subnets.values())
    assert touched(planned(account, vary, CUSTOM_NETWORKING, "dev-cluster")) == {}
    # And back: a configuration that is left out would stay as it is.
    deploy(account, vary, {**FURTHER_SUBNETS, "cluster.addons.vpc_cni.custom_networking": False})
    verdicts = judge(planned(account, vary, {}, "dev-network"), objects_beside(account, "dev-network"))
    assert {verdict.effect for verdict in verdicts} == {Effect.LOSES}
    account.apply("dev-network").succeeded()


def test_subnets_come_after_the_further_block_and_go_before_it(new_account: Callable[[], Account], vary: Vary) -> None:
    """Not strict: to the strict stand-ins a VPC has one block alone."""
    account = new_account()
    account = Account(account.project.with_environment(SANDBOX_STRICT=""))
    blocks = {"us-east-2a": {"pods": "100.64.0.0/18"}, "us-east-2b": {"pods": "100.64.64.0/18"}}
    further = {"network.secondary_cidrs": ["100.64.0.0/16"], "network.cidrs": blocks}
    account.deploy(account.stacks_of(vary(further)), ("dev-network",))
    account.forget_operations()
    account.deploy(account.stacks_of(vary({})), ("dev-network",))
    deleted = [operation["type"] for operation in account.operations("delete")]
    assert deleted.index("aws_vpc_ipv4_cidr_block_association") > max(
        position for position, type_ in enumerate(deleted) if type_ == "aws_subnet"
    )


def test_a_cluster_with_ipv6_keeps_it(new_account: Callable[[], Account], vary: Vary) -> None:
    account = new_account()
    family = {"network.ipv6": True, "cluster.ip_family": "ipv6"}
    deploy(account, vary, family)
    for stack in STACKS:
        assert touched(planned(account, vary, family, stack)) == {}
    # Without the setting the provider keeps the family; the nodes would lose the policy that they need.
    for settings, stack in (({"network.ipv6": True}, "dev-cluster"), ({}, "dev-network")):
        verdicts = judge(planned(account, vary, settings, stack), objects_beside(account, stack))
        assert Effect.IMPOSSIBLE in {verdict.effect for verdict in verdicts}


def test_a_network_takes_ipv6_later(new_account: Callable[[], Account], vary: Vary) -> None:
    account = new_account()
    deploy(account, vary, {})
    plans = deploy(account, vary, {"network.ipv6": True})
    assert judge(plans["dev-network"], objects_beside(account, "dev-network")) == ()
    assert set(map(tuple, touched(plans["dev-network"]).values())) == {("create",), ("update",)}
    family = {"network.ipv6": True, "cluster.ip_family": "ipv6"}
    verdicts = judge(planned(account, vary, family, "dev-cluster"), objects_beside(account, "dev-cluster"))
    assert "set ip_family to ipv4; for the other one make another environment" in {verdict.way for verdict in verdicts}


def test_endpoints_take_policies_and_give_them_back(new_account: Callable[[], Account], vary: Vary) -> None:
    account = new_account()
    endpoints = {"network.interface_endpoints": ["ecr.api", "sts"]}
    account.deploy(account.stacks_of(vary(endpoints)), ("dev-network",))
    for accounts, allowed in ((["own"], [1, 2, 2]), ([], [1, 1, 1])):
        settings = {**endpoints, "network.endpoint_accounts": accounts}
        account.deploy(account.stacks_of(vary(settings)), ("dev-network",))
        policies = [
            json.loads(entry["change"]["after"]["policy"])["Statement"]
            for entry in planned(account, vary, settings, "dev-network")["resource_changes"]
            if entry["type"] == "aws_vpc_endpoint"
        ]
        assert sorted(map(len, policies)) == allowed
        assert any("123456789012" in str(policy) for policy in policies) == bool(accounts)


def test_endpoints_in_china_have_names_that_aws_knows(new_account: Callable[[], Account], vary: Vary) -> None:
    account = new_account()
    settings = {
        "region": "cn-north-1",
        "network.zones": ["cn-north-1a", "cn-north-1b"],
        "network.interface_endpoints": [*OWN_IN_CHINA, *(USUAL_IN_CHINA - GATEWAYS.keys())],
    }
    account.deploy(account.stacks_of(vary(settings)), ("dev-network",))
