"""How the stacks that take over are planned before anything is written."""

from __future__ import annotations

from enum import StrEnum


class How(StrEnum):
    """With access to the account, by the old states alone, the first of them that works, or not at all."""

    AUTO = "auto"
    REFRESH = "refresh"
    STATES = "states"
    NONE = "none"
