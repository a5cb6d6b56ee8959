"""How adoption stops: before anything is written, with everything that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.core.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterable


class AdoptionError(ExpectedError):
    """Raised before anything is written; its text has one problem a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: Final = tuple(map(_printable, problems))
        super().__init__("\n".join(self.problems))


def _printable(problem: str) -> str:
    """Return a problem on one line: states and files may hold anything."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in problem)
