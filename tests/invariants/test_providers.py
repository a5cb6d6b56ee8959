"""Every resource has a provider in its stack, which cdktf would check with validations that also need Terraform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.synthesis import Stack, Synthesized

# Terraform's own, which need no provider block.
BUILT_IN = {"terraform"}


def without_provider(stack: Stack) -> set[str]:
    types = {type_ for kind in ("resource", "data") for type_ in stack.json.get(kind, {})}
    return {type_.partition("_")[0] for type_ in types} - set(stack.json["provider"]) - BUILT_IN


@pytest.mark.parametrize("which", ["synthesized", "everything"])
def test_every_resource_has_a_provider(which: str, request: pytest.FixtureRequest) -> None:
    stacks: Synthesized = request.getfixturevalue(which)
    assert stacks.stacks
    assert {name: missing for name, stack in stacks.stacks.items() if (missing := without_provider(stack))} == {}


def test_every_aws_provider_takes_the_account_of_the_environment_alone(everything: Synthesized) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/website/docs/index.html.markdown."""
    providers = [
        (name, one) for name, stack in everything.stacks.items() for one in stack.json["provider"].get("aws", [])
    ]
    of_everything = [one for name, one in providers if name.startswith("everything-")]
    assert len(of_everything) > 5
    assert all(one["allowed_account_ids"] == ["123456789012"] for one in of_everything)


def test_a_missing_provider_is_found(synthesized: Synthesized) -> None:
    stack = synthesized["dev-network"]
    stack = type(stack)(stack.name, {**stack.json, "provider": {}})
    assert without_provider(stack) == {"aws"}
