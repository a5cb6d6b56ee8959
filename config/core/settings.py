"""The base of every settings model, and how a model reports what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator

from config.core.types import find_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.core.problems import Location


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, at a location relative to the model that reports it."""

    location: Location
    message: str


class SettingsError(ValueError):
    """Raised by a model with all of its problems at once, so that none hides another."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, p.location))}: {p.message}" for p in problems))
        self.problems = problems


def unique(field: str, values: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem for each item of a list that an earlier item equals."""
    for position in find_duplicates(values):
        yield Problem((field, position), f"{values[position]} is listed twice")


def limited(field: str, values: Sequence[str], most: int) -> Iterator[Problem]:
    """Yield a problem for each item that is listed twice, and for a list that is longer than AWS takes."""
    yield from unique(field, values)
    if len(values) > most:
        yield Problem((field,), f"{len(values)} given; AWS takes at most {most}")


class Settings(BaseModel):
    """A frozen model that refuses unknown keys and converts nothing: "False" is not a boolean."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, serialize_by_alias=True)

    RENAMED: ClassVar[dict[str, str]] = {}
    """Current names of settings by their earlier ones, which files may still use."""

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong across the fields of this model; each field is valid by then."""
        yield from ()

    @model_validator(mode="after")
    def _refuse_problems(self) -> Self:
        problems = list(self.problems())
        if problems:
            raise SettingsError(problems)
        return self
