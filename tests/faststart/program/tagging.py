"""An aspect written in Python, so that JavaScript calls back into Python for every construct."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from cdktf import IAspect

if TYPE_CHECKING:
    from constructs import IConstruct


@jsii.implements(IAspect)
class CostCentreTags:
    """Tags every VPC with a cost centre."""

    def __init__(self, cost_centre: str) -> None:
        self._cost_centre = cost_centre

    def visit(self, node: IConstruct) -> None:
        """Add the tag if `node` is a VPC."""
        if type(node).__name__ == "Vpc":
            node.tags = {**node.tags_input, "CostCentre": self._cost_centre}  # type: ignore[attr-defined]
