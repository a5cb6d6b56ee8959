"""Every setting changes the synthesized JSON: there is no option that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

import pytest

from config.environment import Environment
from config.settings import Settings
from tests.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Vary

KEY = "arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"
S3 = {"type": "s3", "bucket": "some-state"}

# A value other than dev's for each setting.
CHANGES: dict[str, Any] = {
    "name": "qa",
    "region": "us-west-2",
    "account_id": "123456789012",
    "tags": {"team": "sre"},
    "backend": S3,
    "kubernetes_auth": "token",
    "network.vpc_cidr": "10.8.0.0/16",
    "network.zones": ["us-east-2b", "us-east-2c"],
    "network.private_subnet_cidrs": ["10.0.128.0/20", "10.0.144.0/20"],
    "network.public_subnet_cidrs": ["10.0.160.0/20", "10.0.176.0/20"],
    "network.nat_gateways": "per_zone",
    "network.flow_logs.enabled": False,
    "network.flow_logs.traffic_type": "REJECT",
    "network.flow_logs.retention_days": 30,
    "network.s3_gateway_endpoint": False,
    "network.interface_endpoints": ["sts"],
    "cluster.name": "gd10",
    "cluster.version": "1.34",
    "cluster.endpoint_private_access": False,
    "cluster.endpoint_public_access": True,
    "cluster.endpoint_public_access_cidrs": ["52.94.76.0/24"],
    "cluster.service_ipv4_cidr": "172.20.0.0/16",
    "cluster.enabled_log_types": ["audit"],
    "cluster.log_retention_days": 30,
    "cluster.kms_key_arn": KEY,
    "cluster.authentication_mode": "API",
    "cluster.enable_cluster_creator_admin_permissions": False,
    "cluster.access_entries": {"sre": {"principal": "role/sre", "kubernetes_groups": ["sre"]}},
    "cluster.support_type": "STANDARD",
    "cluster.deletion_protection": True,
    "cluster.addons.vpc_cni.version": "v1.20.4-eksbuild.2",
    "cluster.addons.vpc_cni.configuration": {"enableNetworkPolicy": "true"},
    "cluster.addons.kube_proxy.version": "latest",
    "cluster.addons.kube_proxy.configuration": {"mode": "ipvs"},
    "cluster.addons.coredns.configuration": {"replicaCount": 3},
    "cluster.addons.eks_pod_identity_agent.configuration": {"priorityClassName": ""},
    "cluster.addons.coredns.version": "latest",
    "cluster.addons.eks_pod_identity_agent.version": "latest",
    "cluster.node_groups.general.capacity_type": "ON_DEMAND",
    "cluster.node_groups.general.instance_types": ["m6i.large"],
    "cluster.node_groups.general.ami_type": "BOTTLEROCKET_x86_64",
    "cluster.node_groups.general.min_size": 1,
    "cluster.node_groups.general.desired_size": 4,
    "cluster.node_groups.general.max_size": 11,
    "cluster.node_groups.general.desired_size_managed_by": "terraform",
    "cluster.node_groups.general.disk_size_gib": 60,
    "cluster.node_groups.general.labels": {"role": "special"},
    "cluster.node_groups.general.taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
    "cluster.node_groups.general.update_config": {"max_unavailable_percentage": 50},
    "csi_addon.addon.version": "v1.64.0-eksbuild.1",
    "csi_addon.addon.configuration": {"node": {"tolerateAllTaints": True}},
    "csi_addon.kms_key": "customer-managed",
    "csi_addon.storage_class.name": "fast",
    "csi_addon.storage_class.is_default": False,
    "csi_addon.storage_class.reclaim_policy": "Retain",
    "csi_addon.storage_class.iops": 4000,
    "csi_addon.storage_class.throughput_mib": 250,
    "kube_prom_stack.chart_version": "88.5.2",
    "kube_prom_stack.chart_repository": "oci://registry.example.com/charts",
    "kube_prom_stack.image_registry": "registry.example.com",
    "kube_prom_stack.namespace": "observability",
    "kube_prom_stack.timeout_seconds": 600,
    "kube_prom_stack.monitor_label.key": "release",
    "kube_prom_stack.monitor_label.value": "other",
    "kube_prom_stack.namespace_label.key": "watched",
    "kube_prom_stack.namespace_label.value": "yes",
    "kube_prom_stack.prometheus.replicas": 2,
    "kube_prom_stack.prometheus.retention": "5d",
    "kube_prom_stack.prometheus.volume_gib": 30,
    "kube_prom_stack.prometheus.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.alertmanager.replicas": 3,
    "kube_prom_stack.alertmanager.retention": "48h",
    "kube_prom_stack.alertmanager.volume_gib": 3,
    "kube_prom_stack.alertmanager.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.grafana.enabled": False,
    "kube_prom_stack.grafana.volume_gib": 6,
    "kube_prom_stack.grafana.resources": {"requests": {"cpu": "1"}},
    "kube_prom_stack.thanos.enabled": False,
}
# What a setting needs beside it, in both syntheses.
BESIDE: dict[str, dict[str, Any]] = {
    "network.vpc_cidr": {"network.private_subnet_cidrs": None, "network.public_subnet_cidrs": None},
    "cluster.endpoint_private_access": {
        "cluster.endpoint_public_access": True,
        "cluster.endpoint_public_access_cidrs": ["54.240.0.0/24"],
    },
    "cluster.endpoint_public_access_cidrs": {
        "cluster.endpoint_public_access": True,
        "cluster.endpoint_public_access_cidrs": ["54.240.0.0/24"],
    },
    "cluster.enable_cluster_creator_admin_permissions": {
        "cluster.access_entries": {
            "sre": {"principal": "role/sre", "policies": [{"policy": "AmazonEKSClusterAdminPolicy"}]}
        }
    },
}
# What a setting needs beside it, in the second synthesis only.
TOGETHER: dict[str, dict[str, Any]] = {
    "region": {"network.zones": ["us-west-2a", "us-west-2b"]},
    "cluster.endpoint_public_access": {"cluster.endpoint_public_access_cidrs": ["54.240.0.0/24"]},
}
BACKENDS: dict[str, Any] = {
    "bucket": {**S3, "bucket": "another-state"},
    "region": {**S3, "region": "eu-west-1"},
    "key_prefix": {**S3, "key_prefix": "eks/"},
    "kms_key_arn": {**S3, "kms_key_arn": KEY},
}
# Tried where the whole of it is: other backends, entries and overlays.
ELSEWHERE = {"kube_prom_stack.values_files"}


def leaves(model: type[Settings], prefix: str = "") -> Iterator[str]:
    """Yield the path of each setting that is not itself a section."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        section = _section(field.annotation)
        if (
            section is None
            or name in ("access_entries", "taints", "backend")
            or path.endswith(("resources", "update_config"))
        ):
            yield path
        else:
            yield from leaves(section, f"{path}.general." if name == "node_groups" else f"{path}.")


def _section(annotation: Any) -> type[Settings] | None:
    if get_origin(annotation) is dict:
        annotation = get_args(annotation)[1]
    return annotation if isinstance(annotation, type) and issubclass(annotation, Settings) else None


def test_every_setting_is_tried() -> None:
    assert set(leaves(Environment)) - ELSEWHERE == set(CHANGES)


def synthesize_text(settings: dict[str, Any], vary: Vary, outdir: Path) -> dict[str, str]:
    """Return the JSON of each stack as text, by file."""
    synthesized = synthesize([vary(settings)], outdir)
    return {name: str(stack.json) for name, stack in synthesized.stacks.items()}


@pytest.fixture(scope="module")
def dev(vary: Vary, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return synthesize_text({}, vary, tmp_path_factory.mktemp("dev"))


@pytest.mark.parametrize("setting", CHANGES)
def test_setting_has_an_effect(setting: str, dev: dict[str, str], vary: Vary, tmp_path: Path) -> None:
    beside = BESIDE.get(setting)
    before = dev if beside is None else synthesize_text(beside, vary, tmp_path / "before")
    beside = {**(beside or {}), **TOGETHER.get(setting, {})}
    after = synthesize_text({**beside, setting: CHANGES[setting]}, vary, tmp_path / "after")
    assert after != before


@pytest.mark.parametrize("setting", BACKENDS)
def test_s3_backend_setting_has_an_effect(setting: str, vary: Vary, tmp_path: Path) -> None:
    before = synthesize_text({"backend": S3}, vary, tmp_path / "before")
    assert synthesize_text({"backend": BACKENDS[setting]}, vary, tmp_path / "after") != before
