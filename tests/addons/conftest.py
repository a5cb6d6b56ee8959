"""An environment with every add-on, by IRSA and with nothing but defaults; `everything` has all that can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis import synthesize

if TYPE_CHECKING:
    from tests.conftest import Vary
    from tests.synthesis import Synthesized

DEFAULTS: dict[str, Any] = {
    "cluster_autoscaler": {"enabled": True},
    "karpenter": {"enabled": True},
    "aws_load_balancer_controller": {"enabled": True},
    "metrics_server": {"enabled": True},
    "prometheus_adapter": {
        "enabled": True,
        "custom_metrics": {"requests": {"series": 'http_requests_total{pod!="",path=~"${x}"}'}},
    },
    "external_dns": {"enabled": True, "zones": [{"id": "Z0A1B2"}, {"name": "example.com"}]},
    "cert_manager": {"enabled": True, "dns01_zones": [{"id": "Z0A1B2"}]},
    "nvidia_device_plugin": {"enabled": True},
    "velero": {"enabled": True},
}


# Nodes are scaled by one add-on: Karpenter is in an environment of its own, and what its nodes need with it.
SCALED = "scaled"
ALONE = ("karpenter", "nvidia_device_plugin")


def environment_with(addon: str) -> str:
    """Return the environment of `defaults` that has an add-on."""
    return SCALED if addon in ALONE else "dev"


@pytest.fixture(scope="session")
def defaults(vary: Vary, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """`dev` with every add-on that goes with others, and `scaled` with Karpenter."""
    together = {name: settings for name, settings in DEFAULTS.items() if name not in ALONE}
    alone = {name: DEFAULTS[name] for name in ALONE}
    environments = [vary({"cluster_addons": together}), vary({"name": SCALED, "cluster_addons": alone})]
    return synthesize(environments, tmp_path_factory.mktemp("defaults") / "cdktf.out")
