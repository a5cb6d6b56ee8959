"""Settings that name hosted zones of Route 53."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import find_duplicates, text

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
ZoneId = Annotated[
    str, *text(r"[A-Z0-9]+", "the id of a hosted zone like Z0123456789ABCDEFGHIJ, without /hostedzone/", max_length=32)
]
ZoneName = Annotated[
    str,
    *text(
        r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
        "the name of a hosted zone like example.com, in lower case, without the last dot",
        max_length=253,
    ),
]


class HostedZone(Settings):
    """A hosted zone of the environment's account, by id or by name."""

    id: ZoneId | None = Field(default=None, description="Id of the zone. Default: unset.")
    name: ZoneName | None = Field(default=None, description="Name of the zone, which is looked up. Default: unset.")
    private: bool = Field(default=False, description="Look up the private zone of that name. Default: false.")

    @property
    def key(self) -> str:
        """What identifies the zone in ids and messages."""
        return self.id or f"{self.name}{'-private' if self.private else ''}"

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one zone is named."""
        if (self.id is None) == (self.name is None):
            yield Problem((), "give either id or name")
        elif self.id is not None and "private" in self.model_fields_set:
            yield Problem(("private",), "is used with name only; an id identifies the zone")


def duplicate_zones(field: str, zones: tuple[HostedZone, ...]) -> Iterator[Problem]:
    """Yield zones that are listed twice."""
    for position in find_duplicates(zone.key for zone in zones):
        yield Problem((field, position), f"{zones[position].key} is listed twice")
