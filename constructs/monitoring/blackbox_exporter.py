"""The blackbox exporter, and the Probe objects by which Prometheus has it look at targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import versions
from config.monitoring.targets.blackbox import SECRETS_FOLDER
from constructs import Construct
from constructs.kubernetes.shapes import INSTANCE_LABEL, NODE, confined_container, metadata, operator_object, spread
from constructs.monitoring.companion_release import CompanionRelease, CompanionReleaseProps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.monitoring.discovery import MonitorLabel
    from config.monitoring.targets.probes import ProbesSettings, ProbeTarget
    from constructs.helm.helm_values import Values
    from constructs.monitoring.companion_release import CompanionContext

EXPORTER_RELEASE = "blackbox-exporter"
EXPORTER_PORT = 9115
EXPORTER_USER = 1000


@dataclass(frozen=True, kw_only=True)
class BlackboxExporterProps:
    """Modules and sizes, and what the release shares with kube-prometheus-stack."""

    settings: ProbesSettings
    context: CompanionContext


class BlackboxExporter(Construct):
    """The release; `probe_manifests` belong to the kube-prometheus-stack release, which brings their CRD."""

    def __init__(self, scope: Construct, id_: str, props: BlackboxExporterProps) -> None:
        super().__init__(scope, id_)
        settings = props.settings
        CompanionRelease(
            self,
            "release",
            CompanionReleaseProps(
                name=EXPORTER_RELEASE,
                chart=versions.PROMETHEUS_BLACKBOX_EXPORTER.at(settings.chart_repository, settings.chart_version),
                values=compose_exporter_values(settings, props.context),
                context=props.context,
            ),
        )


def probe_manifests(
    settings: ProbesSettings, *, namespace: str, labels: Mapping[str, str], monitor_label: MonitorLabel
) -> list[Values]:
    """Return a Probe for each target, for `extraManifests` of kube-prometheus-stack.

    Their metrics have the job `probe/<namespace>/<name>`, the target as instance, and the target's own labels.
    https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Probe
    """
    return [
        operator_object(
            "Probe",
            metadata(name, namespace, {**labels, monitor_label.key: monitor_label.value}),
            _probe_spec(target, namespace),
        )
        for name, target in sorted(settings.targets.items())
    ]


def _probe_spec(target: ProbeTarget, namespace: str) -> Values:
    return {
        "prober": {"url": f"{EXPORTER_RELEASE}.{namespace}:{EXPORTER_PORT}"},
        "module": target.module,
        "interval": target.interval,
        # The exporter ends a probe after its module's timeout, or half a second before this one.
        "scrapeTimeout": target.interval,
        "targets": {"staticConfig": {"static": [target.url], "labels": dict(target.labels)}},
    }


def compose_exporter_values(settings: ProbesSettings, context: CompanionContext) -> Values:
    """Return the values of the pinned chart.

    https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus-blackbox-exporter
    """
    modules: Values = {name: module.to_exporter() for name, module in settings.all_modules.items()}
    return {
        **context.placement.values(),
        **_security_values(),
        "fullnameOverride": EXPORTER_RELEASE,
        "commonLabels": dict(context.labels),
        "global": {"imageRegistry": context.image_registry or ""},
        "image": {"pullSecrets": list(context.image_pull_secrets)},
        "config": {"modules": modules},
        "extraSecretMounts": [_secret_mount(name) for name in settings.secrets],
        "replicas": settings.replicas,
        **_spread_values(settings.replicas),
        "resources": settings.resources.model_dump(mode="json", exclude_none=True),
        "service": {"port": EXPORTER_PORT},
        # Without a port Prometheus would scrape every port of the pods.
        "serviceMonitor": {"selfMonitor": {"enabled": True, "labels": context.monitor_labels(), "port": "http"}},
    }


def _spread_values(replicas: int) -> Values:
    """Return what keeps one replica answering while a node is drained or lost; one replica has nothing to spread."""
    if replicas == 1:
        return {}
    constraint = spread(NODE, {INSTANCE_LABEL: EXPORTER_RELEASE})
    return {"podDisruptionBudget": {"maxUnavailable": 1}, "topologySpreadConstraints": [constraint]}


def _security_values() -> Values:
    return {
        "automountServiceAccountToken": False,
        "podSecurityContext": {
            "fsGroup": EXPORTER_USER,
            "seccompProfile": {"type": "RuntimeDefault"},
            # Lets the exporter's group ping without NET_RAW; a safe sysctl, which Pod Security "restricted" permits.
            # https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/
            "sysctls": [{"name": "net.ipv4.ping_group_range", "value": f"{EXPORTER_USER} {EXPORTER_USER}"}],
        },
        "securityContext": {
            **confined_container(),
            "runAsGroup": EXPORTER_USER,
            "runAsNonRoot": True,
            "runAsUser": EXPORTER_USER,
        },
    }


def _secret_mount(name: str) -> Values:
    return {
        "name": f"secret-{name}",
        "secretName": name,
        "mountPath": f"{SECRETS_FOLDER}/{name}",
        "readOnly": True,
        "defaultMode": 0o440,
    }
