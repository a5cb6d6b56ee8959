"""The Helm chart that makes whatever objects its values list, beside the stack's JSON.

Why a chart: docs/adr/0001-workload-objects-by-a-local-chart.md.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml
from cdktf import AssetType, TerraformAsset

from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable

CHART_DIRECTORY: Final = Path(__file__).parent.parent / "values" / "charts" / "objects"


class ObjectsChart(Construct):
    """Copies the chart below the stack's folder; `path` is relative to it, on this machine as on a remote runner."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        files = sorted(path for path in CHART_DIRECTORY.rglob("*") if path.is_file())
        asset = TerraformAsset(
            self, "files", path=str(CHART_DIRECTORY), type=AssetType.DIRECTORY, asset_hash=_hash_of(files)
        )
        self.path = asset.path
        # Told to Terraform as well: without a version, the helm provider asks the cluster for one at plan time.
        self.version = str(yaml.safe_load((CHART_DIRECTORY / "Chart.yaml").read_text(encoding="utf-8"))["version"])


def _hash_of(files: Iterable[Path]) -> str:
    """Return a hash that is the same on every machine; that of cdktf depends on the order of its file system."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(CHART_DIRECTORY).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
