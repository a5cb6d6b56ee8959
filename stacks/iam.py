"""Gives every IAM role of an environment the permissions boundary and the path that its settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_role import IamRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.cluster.iam import IamSettings
    from stacks.base import EnvironmentStack


def apply_iam_settings(stacks: Sequence[EnvironmentStack], settings: IamSettings) -> None:
    """Set them on each role of the stacks."""
    for stack in stacks:
        for construct in stack.node.find_all():
            if isinstance(construct, IamRole):
                if settings.permissions_boundary is not None:
                    construct.permissions_boundary = settings.permissions_boundary
                construct.path = settings.role_path
