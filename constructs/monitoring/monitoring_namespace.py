"""The namespace of the monitoring release, labelled so that Prometheus looks into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.kubernetes.namespace import create_namespace, name_of

if TYPE_CHECKING:
    from config.monitoring.discovery import NamespaceLabel


# node-exporter reads the node's own files and network, which "baseline" forbids.
# https://kubernetes.io/docs/concepts/security/pod-security-standards/
POD_SECURITY = {"pod-security.kubernetes.io/enforce": "privileged"}


@dataclass(frozen=True, kw_only=True)
class MonitoringNamespaceProps:
    """Name, and the label by which Prometheus finds namespaces."""

    name: str
    label: NamespaceLabel


@dataclass(frozen=True, kw_only=True)
class MonitoringNamespaceOutputs:
    """Name of the namespace; resources that use it depend on the namespace."""

    name: str


class MonitoringNamespace(Construct):
    """A labelled namespace."""

    def __init__(self, scope: Construct, id_: str, props: MonitoringNamespaceProps) -> None:
        super().__init__(scope, id_)
        labels = {**POD_SECURITY, props.label.key: props.label.value}
        namespace = create_namespace(self, "this", name=props.name, labels=labels)
        self.outputs = MonitoringNamespaceOutputs(name=name_of(namespace))
