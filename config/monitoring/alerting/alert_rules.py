"""Settings of the rules: the chart's default ones, and those of `values/rules/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core.settings import Problem, Settings, unique
from config.core.types import text
from config.monitoring.alerting.receivers import Url
from config.monitoring.alerting.routes import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


# Those of the chart's default rules and of the project's own; others come from the files of rules.
SEVERITIES: Final = ("critical", "warning", "info", "none")
# Groups of the chart's default rules: values `defaultRules.rules.<group>` of the pinned chart.
RuleGroup = Literal[
    "alertmanager", "configReloaders", "etcd", "general", "k8sContainerCpuUsageSecondsTotal", "k8sContainerMemoryCache",
    "k8sContainerMemoryRss", "k8sContainerMemorySwap", "k8sContainerMemoryWorkingSetBytes", "k8sContainerResource",
    "k8sPodOwner", "kubeApiserverAvailability", "kubeApiserverBurnrate", "kubeApiserverHistogram", "kubeApiserverSlos",
    "kubeControllerManager", "kubePrometheusGeneral", "kubePrometheusNodeRecording", "kubeProxy",
    "kubeSchedulerAlerting", "kubeSchedulerRecording", "kubeStateMetrics", "kubelet", "kubernetesApps",
    "kubernetesResources", "kubernetesStorage",
    "kubernetesSystem", "network", "node", "nodeExporterAlerting", "nodeExporterRecording", "prometheus",
    "prometheusOperator", "windows",
]  # fmt: skip


class AlertRulesSettings(Settings):
    """The chart's default rules, and our own from `values/rules/`."""

    default_rules: bool = Field(default=True, description="Install the chart's default rules. Default: true.")
    disabled_groups: tuple[RuleGroup, ...] = Field(
        default=(), description="Groups of the default rules that are left out. Default: none."
    )
    files: (
        tuple[Annotated[str, *text(r"[a-z0-9_-]+", "the name of a file in values/rules, without .yaml")], ...] | None
    ) = Field(
        default=None, description="Files of values/rules that are installed, without .yaml. Default: all that apply."
    )
    severities: tuple[Severity, ...] = Field(
        default=(),
        description="Severities that routes may name, in addition to critical, warning, info, none and those in "
        "values/rules. Default: none.",
    )
    runbook_base_url: Url | None = Field(
        default=None,
        description="URL of this repository's files, put before docs/runbook.md#…, e.g. "
        "https://github.com/acme/infrastructure/blob/main/. Default: the path within the repository.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield groups that are left out of nothing, or twice."""
        if self.disabled_groups and not self.default_rules:
            yield Problem(("disabled_groups",), "has no effect while default_rules is false")
        yield from unique("disabled_groups", self.disabled_groups)
