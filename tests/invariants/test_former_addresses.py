"""Names of resources as cdktf computes them, by which former addresses are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.former_address import resource_name

if TYPE_CHECKING:
    from tests.synthesis import Synthesized


def test_every_name_is_computed_as_cdktf_does(synthesized: Synthesized, everything: Synthesized) -> None:
    for synthesis in (synthesized, everything):
        for stack in synthesis.stacks.values():
            for resources in stack.json["resource"].values():
                for name, body in resources.items():
                    path = body["//"]["metadata"]["path"]
                    assert resource_name(path.split("/")[1:]) == name
