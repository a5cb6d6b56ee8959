"""Durations as Prometheus and Alertmanager write them."""

from __future__ import annotations

import re
from typing import Final

SECONDS: Final = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}


def seconds_of(duration: str) -> float:
    """Return the seconds of a Prometheus duration like 1h30m."""
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|[ywdhms])", duration))
