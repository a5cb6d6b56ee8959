"""Services of AWS that some regions with EKS lack; checks/lacking_services.py writes the data."""

from __future__ import annotations

import json
from functools import cache
from typing import Final, Literal

from config.paths import ROOT

FILE: Final = ROOT / "config" / "core" / "region_services.json"

Service = Literal["Amazon Managed Grafana", "Amazon Managed Service for Prometheus"]


@cache
def regions_without(service: Service) -> frozenset[str]:
    """Return the regions that lack a service."""
    lacking: dict[str, list[str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return frozenset(lacking[service])
