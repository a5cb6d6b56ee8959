"""What a deploy stops at, and how to continue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operations.judging.guard import Allowed, explain, stopped
from operations.judging.verdict import Effect, Verdict
from tests.operations.plans import VPC
from tests.operations.stacks import empty_stack

if TYPE_CHECKING:
    from pathlib import Path

    from operations.selection.synthesized import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """Give the stack dev-x."""
    return empty_stack(tmp_path, "dev", "x")


LOST = Verdict(VPC, Effect.LOSES, "a VPC", "forced by cidr_block")


@pytest.mark.parametrize("name", [f"dev-x/{VPC}"])
@pytest.mark.parametrize("is_destroy", [True, False])
def test_goes_on_where_it_is_allowed_by_name(name: str, stack: Stack, *, is_destroy: bool) -> None:
    assert stopped(stack, [LOST], Allowed(frozenset({name}), is_destroy)) == ()


@pytest.mark.parametrize("name", [f"prod-x/{VPC}", VPC, "prod", "prod-x", ""])
@pytest.mark.parametrize("is_destroy", [True, False])
def test_what_is_allowed_elsewhere_does_not_count(name: str, stack: Stack, *, is_destroy: bool) -> None:
    assert stopped(stack, [LOST], Allowed(frozenset({name}), is_destroy)) == (LOST,)


@pytest.mark.parametrize("name", ["dev-x", "dev"])
def test_only_a_destroy_takes_whole_stacks_and_environments(name: str, stack: Stack) -> None:
    assert stopped(stack, [LOST], Allowed(frozenset({name}), is_destroy=True)) == ()
    assert stopped(stack, [LOST], Allowed(frozenset({name}), is_destroy=False)) == (LOST,)


def test_what_is_impossible_is_never_allowed(stack: Stack) -> None:
    impossible = Verdict(VPC, Effect.IMPOSSIBLE, "EKS never goes back a version")
    assert stopped(stack, [impossible], Allowed(frozenset({f"dev-x/{VPC}"}))) == (impossible,)


@pytest.mark.parametrize("effect", [Effect.INTERRUPTS, Effect.ROLLS, Effect.HARMLESS])
def test_the_rest_is_said_and_done(effect: Effect, stack: Stack) -> None:
    assert stopped(stack, [Verdict(VPC, effect, "something")], Allowed()) == ()


def test_says_what_is_lost_and_how_to_go_on(stack: Stack) -> None:
    text = explain([(stack, LOST)])
    assert f"dev-x/{VPC}: loses: a VPC (forced by cidr_block)" in text
    assert text.endswith(f"--allow-destroy 'dev-x/{VPC}'")
