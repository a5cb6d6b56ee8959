"""Settings of every IAM role of an environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.core.settings import Settings
from config.core.types import PolicyArn, text

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
RolePath = Annotated[str, *text(r"/(?:[\w+=,.@-]+/)*", "a path that begins and ends with /", max_length=512)]


class IamSettings(Settings):
    """What an organization asks of the roles that this project makes."""

    permissions_boundary: PolicyArn | None = Field(
        default=None,
        description="ARN of the managed policy that is the permissions boundary of every role. Default: none.",
    )
    role_path: RolePath = Field(
        default="/",
        description="Path of every role, e.g. /eks/. The path of an existing role cannot change: another one needs "
        "another name. Default: /.",
    )
