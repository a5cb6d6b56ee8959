"""A Helm release in the namespace of kube-prometheus-stack: what such releases have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.helm.helm_release import create_release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from config.core.resources import Placement
    from config.monitoring.discovery import MonitorLabel
    from config.versions import ChartPin
    from constructs.helm.helm_values import Values


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


@dataclass(frozen=True, kw_only=True)
class CompanionReleaseProps:
    """The chart, its values, and what must exist before its pods start, in addition to kube-prometheus-stack."""

    name: str
    chart: ChartPin
    values: Values
    context: CompanionContext
    depends_on: tuple[ITerraformDependable, ...] = ()


class CompanionRelease(Construct):
    """A release that waits for kube-prometheus-stack."""

    def __init__(self, scope: Construct, id_: str, props: CompanionReleaseProps) -> None:
        super().__init__(scope, id_)
        create_release(
            self,
            name=props.name,
            namespace=props.context.namespace,
            chart=props.chart,
            values=props.values,
            timeout_seconds=props.context.timeout_seconds,
            depends_on=[props.context.stack_release, *props.depends_on],
        )
