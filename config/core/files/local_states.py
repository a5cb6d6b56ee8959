"""Reads the local states next to the output folder: only they know of stacks that are no longer configured."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from config.core.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER: Final = ".state"
SUFFIX: Final = ".tfstate"
# provider["registry.terraform.io/hashicorp/helm"]
PROVIDER: Final = re.compile(r"/([\w-]+)\"\]")


def providers_in(state: Mapping[str, Any]) -> set[str]:
    """Return the providers of the resources in a state."""
    resources = state.get("resources") or []
    return {PROVIDER.findall(one["provider"])[-1] for one in resources if one["mode"] == "managed"}


def providers_of(state: Path) -> set[str]:
    """Return the providers of the resources in the file of a state; none where there is no file.

    Raises:
        ExpectedError: It is no state.

    """
    try:
        text = state.read_text(encoding="utf-8")
    except FileNotFoundError:
        return set()
    try:
        return providers_in(json.loads(text or "{}"))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        message = f"{state.parent.name}/{state.name}: is not a state of Terraform; put the newest backup in its place"
        raise ExpectedError(message) from error
