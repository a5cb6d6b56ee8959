"""Every part that settings switch on and off."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import config
from config.core.feature import Feature

if TYPE_CHECKING:
    from collections.abc import Iterator


def every_feature() -> Iterator[type[Feature]]:
    """Yield the settings class of each, in whichever module it is."""
    for package in pkgutil.walk_packages(config.__path__, "config."):
        importlib.import_module(package.name)
    yield from _below(Feature)


def _below(base: type[Feature]) -> Iterator[type[Feature]]:
    for feature in base.__subclasses__():
        yield feature
        yield from _below(feature)
