"""Moves that an environment file asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.core.problems import ConfigurationError
from constructs.former_address import resource_name

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary

VPC = f"aws_vpc.{resource_name(['vpc', 'this'])}"


def test_a_move_is_written_into_its_stack(vary: Vary, synthesize_one: SynthesizeOne) -> None:
    synthesized = synthesize_one(vary({"moved": {"network": {"aws_vpc.other": VPC}}}))
    assert {"from": "aws_vpc.other", "to": VPC} in synthesized["dev-network"].json["moved"]
    assert {"from": "aws_vpc.other", "to": VPC} not in synthesized["dev-cluster"].json.get("moved", [])


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        ({"networks": {"aws_vpc.a": VPC}}, "moved.networks: there is no such stack; did you mean `network`?"),
        (
            {"network": {"aws_vpc.a": f"{VPC}0"}},
            f'moved.network."aws_vpc.a": {VPC}0 is no resource of the stack; did you mean `{VPC}`?',
        ),
        ({"network": {VPC: VPC}}, "is a resource of the stack still; only what is no longer made can move"),
    ],
)
def test_fails(moved: dict[str, dict[str, str]], message: str, vary: Vary, synthesize_one: SynthesizeOne) -> None:
    environment = vary({"moved": moved})
    with pytest.raises(ConfigurationError) as error:
        synthesize_one(environment)
    assert message in str(error.value)
