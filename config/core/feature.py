"""Parts that settings switch on and off, and the files under `values/` that are about one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from config.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Feature(Settings):
    """Settings of a part that can be off; the files about it are installed only while it is on."""

    RULES: ClassVar[tuple[str, ...]] = ()
    """Files of `values/rules`, without .yaml."""
    DASHBOARDS: ClassVar[tuple[str, ...]] = ()
    """Files of `values/dashboards` as FOLDER/NAME, without .json."""

    enabled: bool = Field(default=False, description="Whether it is on. Default: false.")


def features_of(*sections: Settings) -> Iterator[Feature]:
    """Yield the features among the settings of each section."""
    for section in sections:
        yield from (value for _, value in section if isinstance(value, Feature))


def without_subject(features: Iterable[Feature]) -> frozenset[str]:
    """Return the rule files and dashboards about features that are off."""
    return frozenset(
        name for feature in features if not feature.enabled for name in (*feature.RULES, *feature.DASHBOARDS)
    )
