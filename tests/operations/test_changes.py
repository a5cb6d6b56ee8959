"""What is read from a plan: kinds, counts, differences, and what is hidden of them."""

from __future__ import annotations

from typing import Any

import pytest

from operations.planning.changes import HIDDEN, UNKNOWN, Attribute, from_drift, from_plan
from tests.operations.plans import change, plan


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        ("create", "add"),
        ("update", "change"),
        ("delete", "destroy"),
        ("delete create", "replace"),
        ("create delete", "replace"),
    ],
)
def test_each_action_is_counted_once(actions: str, kind: str) -> None:
    counts = from_plan(plan(change(actions, before={}, after={}))).counts
    assert {name: count for name, count in counts.items() if count} == {kind: 1}


def test_what_is_read_or_stays_is_no_change() -> None:
    assert from_plan(plan(change("no-op", before={}, after={}), change("read", after={}))).resources == ()


def test_an_import_that_changes_counts_as_both() -> None:
    (found,) = from_plan(plan(change("update", before={}, after={}, importing={"id": "vpc-1"}))).resources
    assert found.kinds == ("change", "import")
    assert found.import_id == "vpc-1"


def test_a_move_is_listed_with_where_from() -> None:
    (found,) = from_plan(plan(change("no-op", before={}, after={}, previous_address="aws_vpc.old"))).resources
    assert (found.kinds, found.moved_from) == (("move",), "aws_vpc.old")


def test_a_replacement_says_what_forces_it() -> None:
    (found,) = from_plan(
        plan(change("delete create", before={}, after={}, replace_paths=[["cidr_block"], ["tags", "a"]]))
    ).resources
    assert found.reason == "forced by cidr_block, tags.a"


def test_a_resource_that_goes_says_why() -> None:
    (found,) = from_plan(
        plan(change("delete", before={"id": "1"}, action_reason="delete_because_no_resource_config"))
    ).resources
    assert found.reason == "delete because no resource config"
    assert found.attributes == ()


def attributes(before: Any, after: Any, **marks: Any) -> list[Attribute]:
    """Return the differences of one update."""
    (found,) = from_plan(plan(change("update", before=before, after=after, **marks))).resources
    return list(found.attributes)


def test_only_what_differs_is_listed_by_its_path() -> None:
    before = {"name": "a", "tags": {"x": "1", "y": "2"}, "ports": [80, 443], "on": True}
    after = {"name": "a", "tags": {"x": "1"}, "ports": [80, 8443, 9090], "on": False}
    assert attributes(before, after) == [
        Attribute("on", before=True, after=False),
        Attribute("ports[1]", 443, 8443),
        Attribute("ports[2]", None, 9090),
        Attribute("tags.y", "2", None),
    ]


def test_unknown_values_are_marked() -> None:
    assert attributes({"arn": "a", "id": "1"}, {"id": "1"}, after_unknown={"arn": True}) == [
        Attribute("arn", "a", UNKNOWN)
    ]


@pytest.mark.parametrize("marks", [{"before_sensitive": {"password": True}}, {"after_sensitive": {"password": True}}])
def test_sensitive_values_are_hidden_on_both_sides(marks: Any) -> None:
    assert attributes({"password": "old-secret"}, {"password": "new-secret"}, **marks) == [
        Attribute("password", HIDDEN, HIDDEN)
    ]


def test_a_sensitive_value_that_stays_is_not_listed() -> None:
    sensitive = {"before_sensitive": {"password": True}, "after_sensitive": {"password": True}}
    assert attributes({"password": "s", "name": "a"}, {"password": "s", "name": "b"}, **sensitive) == [
        Attribute("name", "a", "b")
    ]


def test_a_sensitive_part_is_hidden_where_the_whole_becomes_unknown() -> None:
    (found,) = attributes(
        {"data": {"key": "secret", "name": "n"}},
        {},
        before_sensitive={"data": {"key": True}},
        after_unknown={"data": True},
    )
    assert found == Attribute("data", {"key": HIDDEN, "name": "n"}, UNKNOWN)


def test_outputs_that_change_are_listed_and_hidden() -> None:
    found = from_plan(
        plan(
            vpc_id={"actions": ["create"], "before": None, "after_unknown": True},
            token={
                "actions": ["update"],
                "before": "a",
                "after": "b",
                "before_sensitive": True,
                "after_sensitive": True,
            },
            same={"actions": ["no-op"], "before": "x", "after": "x"},
        )
    ).outputs
    assert found == (Attribute("token", HIDDEN, HIDDEN), Attribute("vpc_id", None, UNKNOWN))


def test_drift_is_read_from_what_the_refresh_found() -> None:
    refreshed = {**plan(change("create", after={})), "resource_drift": [change("delete", before={"id": "1"})]}
    assert [found.kinds for found in from_drift(refreshed).resources] == [("destroy",)]
