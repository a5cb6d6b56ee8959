"""What a deploy stops at, and how it is told to go on."""

from __future__ import annotations

import pytest

from operations.planning.changes import from_plan
from operations.planning.guard import PROTECTED, Danger, dangers, explain
from tests.operations.plans import RELEASE, VOLUME, VPC, change, plan


def found(actions: str, address: str = VPC, *, values: str = "", allowed: frozenset[str] = frozenset()) -> list[str]:
    """Name what a plan with one change would lose."""
    before = {"values": [values]} if values else {}
    changes = from_plan(plan(change(actions, address=address, before=before, after={})))
    return [danger.name for danger in dangers("dev-x", changes, allowed)]


@pytest.mark.parametrize("actions", ["delete", "delete create", "create delete"])
@pytest.mark.parametrize("type_", [*PROTECTED, "kubernetes_namespace_v1"])
def test_stops_at_each_protected_type(type_: str, actions: str) -> None:
    assert found(actions, f"{type_}.this") == [f"dev-x/{type_}.this"]


@pytest.mark.parametrize("actions", ["create", "update", "no-op", "forget"])
def test_lets_what_is_kept_pass(actions: str) -> None:
    assert found(actions) == []


def test_lets_what_is_soon_made_again_pass() -> None:
    assert found("delete", "aws_eks_addon.coredns") == []


@pytest.mark.parametrize(
    "values",
    [
        VOLUME,
        "grafana: {persistence: {enabled: true}}",
        "server: {persistentVolume: {size: 1Gi}}",
        "a: [{volumeClaimTemplates: [{}]}]",
    ],
)
def test_stops_at_a_release_with_volumes(values: str) -> None:
    assert found("delete create", RELEASE, values=values) == [f"dev-x/{RELEASE}"]


@pytest.mark.parametrize("values", ["", "grafana: {persistence: {enabled: false}}", "prometheus: {replicas: 2}"])
def test_lets_a_release_without_volumes_pass(values: str) -> None:
    assert found("delete create", RELEASE, values=values) == []


def test_goes_on_where_it_was_told_to_by_name() -> None:
    assert found("delete", allowed=frozenset({f"dev-x/{VPC}"})) == []


def test_leave_for_another_stack_does_not_count() -> None:
    assert found("delete", allowed=frozenset({f"prod-x/{VPC}"})) == [f"dev-x/{VPC}"]


def test_says_what_is_lost_and_how_to_go_on() -> None:
    text = explain([Danger(f"dev-x/{VPC}", "replace", "a VPC", "forced by cidr_block")])
    assert f"replace dev-x/{VPC}: a VPC (forced by cidr_block)" in text
    assert text.endswith(f"ALLOW_DESTROY='dev-x/{VPC}'")
