"""Findings of checkov that do not hold for a resource, each with its reason next to the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdktf import TerraformElement


def skip_check(element: TerraformElement, check: str, *, because: str) -> None:
    """Write into the synthesized JSON why a check, e.g. CKV_AWS_130, does not hold for this resource."""
    element.add_override(f"//.checkov.skip.{check}", because)
