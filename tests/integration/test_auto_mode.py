"""A new cluster with Auto Mode and without node groups is applied with add-ons, and nothing is left to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.account import stacks_of, touched

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Vary
    from tests.integration.account import Account

STACKS = ("dev-network", "dev-cluster", "dev-csi-addon", "dev-cluster-addons")


def test_a_cluster_without_node_groups_is_made(new_account: Callable[[], Account], vary: Vary, tmp_path: Path) -> None:
    addons = {"metrics_server": {"enabled": True}, "velero": {"enabled": True}}
    settings = {"cluster.node_scaling": "auto-mode", "cluster.node_groups": {}, "cluster_addons": addons}
    account = new_account()
    stacks = stacks_of(vary(settings), tmp_path / "cdktf.out")
    account.deploy({name: stacks[name] for name in STACKS})
    assert [name for name in STACKS if touched(account.plan(name))] == []
