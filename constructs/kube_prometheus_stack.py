"""The kube-prometheus-stack release."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_helm.release import Release

from config import versions
from constructs import Construct

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.kube_prom_stack import KubePromStackSettings
    from constructs.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class KubePrometheusStackProps:
    """The namespace, the composed values, and what must exist before the pods start."""

    namespace: str
    values: Values
    settings: KubePromStackSettings
    depends_on: list[ITerraformDependable]


@dataclass(frozen=True, kw_only=True)
class KubePrometheusStackOutputs:
    """The release: it brings the CRDs of monitors, probes and rules."""

    release: ITerraformDependable


class KubePrometheusStack(Construct):
    """Prometheus operator, Prometheus, Alertmanager, Grafana and exporters."""

    def __init__(self, scope: Construct, id_: str, props: KubePrometheusStackProps) -> None:
        super().__init__(scope, id_)
        settings = props.settings
        release = Release(
            self,
            "this",
            name=settings.release_name,
            namespace=props.namespace,
            chart=versions.KUBE_PROMETHEUS_STACK.name,
            repository=settings.chart_repository,
            version=settings.chart_version,
            # Sorted, so that the order of settings is no change to the release.
            values=[json.dumps(props.values, sort_keys=True)],
            timeout=settings.timeout_seconds,
            wait=True,
            # A first install that fails stays in the cluster but not in the state: the next apply takes it over.
            upgrade_install=True,
            depends_on=props.depends_on or None,
        )
        self.outputs = KubePrometheusStackOutputs(release=release)
