"""A Helm release beside kube-prometheus-stack, in its namespace: what such releases have in common."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_helm.release import Release

from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from config.kube_prom_stack import MonitorLabel
    from config.resources import Placement
    from config.versions import ChartPin
    from constructs.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class CompanionContext:
    """What companions share with kube-prometheus-stack, and its release: that brings the CRDs of their monitors."""

    namespace: str
    labels: Mapping[str, str]
    monitor_label: MonitorLabel
    image_registry: str | None
    image_pull_secrets: tuple[str, ...]
    placement: Placement
    timeout_seconds: int
    stack_release: ITerraformDependable
    stack_release_name: str

    def monitor_labels(self) -> Values:
        """Return the label by which Prometheus selects monitors and rules."""
        return {self.monitor_label.key: self.monitor_label.value}

    def placement_values(self) -> Values:
        """Return the node selector and the tolerations of a pod, under the keys that charts have for them."""
        return {
            "nodeSelector": dict(self.placement.node_selector),
            "tolerations": [
                toleration.model_dump(mode="json", exclude_none=True) for toleration in self.placement.tolerations
            ],
        }


@dataclass(frozen=True, kw_only=True)
class CompanionReleaseProps:
    """The chart, its values, and what must exist before its pods start beside kube-prometheus-stack."""

    name: str
    chart: ChartPin
    values: Values
    context: CompanionContext
    depends_on: tuple[ITerraformDependable, ...] = ()


class CompanionRelease(Construct):
    """A release that waits for kube-prometheus-stack."""

    def __init__(self, scope: Construct, id_: str, props: CompanionReleaseProps) -> None:
        super().__init__(scope, id_)
        Release(
            self,
            "this",
            name=props.name,
            namespace=props.context.namespace,
            chart=props.chart.name,
            repository=props.chart.repository,
            version=props.chart.version,
            # Sorted, so that the order of settings is no change to the release.
            values=[json.dumps(props.values, sort_keys=True)],
            timeout=props.context.timeout_seconds,
            wait=True,
            # A first install that fails stays in the cluster but not in the state: the next apply takes it over.
            upgrade_install=True,
            depends_on=[props.context.stack_release, *props.depends_on],
        )
