"""The Helm chart that makes the objects that its values list, next to the stack's JSON.

Why a chart: docs/adr/0001-workload-objects-by-a-local-chart.md.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import yaml
from cdktf import AssetType, TerraformAsset

from config.paths import OBJECTS_CHART
from constructs import Construct
from constructs.helm.helm_release import LocalChart

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class ObjectsChart(Construct):
    """Copies the chart below the stack's folder; its path is relative to it, on this machine as on a remote runner."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        files = sorted(path for path in OBJECTS_CHART.rglob("*") if path.is_file())
        asset = TerraformAsset(
            self, "files", path=str(OBJECTS_CHART), type=AssetType.DIRECTORY, asset_hash=_hash_of(files)
        )
        version = str(yaml.safe_load((OBJECTS_CHART / "Chart.yaml").read_text(encoding="utf-8"))["version"])
        # With its version: without one, the helm provider asks the cluster for one at plan time.
        self.chart = LocalChart(asset.path, version)


def _hash_of(files: Iterable[Path]) -> str:
    """Return a hash that is the same on every machine; that of cdktf depends on the order of its file system."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(OBJECTS_CHART).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
