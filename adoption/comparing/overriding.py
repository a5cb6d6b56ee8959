"""Overrides that keep what no setting keeps: one an argument, with the value that the object has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adoption.comparing.differences import CANNOT_BE_KEPT
from adoption.keeping.keep import Setting
from adoption.keeping.secrets import has_known_format
from config.overrides import SETTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adoption.comparing.differences import Change
    from adoption.comparing.matching import Match

COMMENT: Final = "As it is; no setting says this. Better: none. Later: remove the line, and look at the plan."
COMMENT_OF_NOTHING: Final = "Not set on what exists; the settings would. Later: remove the line, and look at the plan."


@dataclass(frozen=True)
class Override:
    """An argument of a resource, and the value that keeps it; None leaves it out."""

    stack: str
    path: str
    argument: str
    value: Any

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies it."""
        return self.stack, self.path, self.argument

    def as_setting(self) -> Setting:
        """Return it as it is written to the environment file."""
        comment = COMMENT_OF_NOTHING if self.value is None else COMMENT
        return Setting((SETTING, *self.key), self.value, comment)


def overrides_of(match: Match, changes: Iterable[Change]) -> Iterator[Override]:
    """Yield what keeps each change that is not wanted and can be kept; of tags all in one."""
    for change in changes:
        # A secret is lost by name rather than written into a tracked file.
        is_secret = has_known_format(json.dumps(change.keeps, default=str))
        if not change.is_wanted and change.keeps is not CANNOT_BE_KEPT and not is_secret:
            argument = "tags" if change.attribute.startswith("tags.") else change.attribute
            yield Override(match.resource.stack, match.resource.path, argument, change.keeps)
