"""The label by which Prometheus looks into namespaces that belong to somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_kubernetes.labels import Labels, LabelsMetadata

from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.monitoring.discovery import NamespaceLabel


@dataclass(frozen=True, kw_only=True)
class MonitoredNamespacesProps:
    """Namespaces that exist, and their label."""

    namespaces: Iterable[str]
    label: NamespaceLabel


class MonitoredNamespaces(Construct):
    """Owns this one label of each namespace, by server-side apply; a destroy takes it away and nothing else."""

    def __init__(self, scope: Construct, id_: str, props: MonitoredNamespacesProps) -> None:
        super().__init__(scope, id_)
        for namespace in props.namespaces:
            Labels(
                self,
                namespace,
                api_version="v1",
                kind="Namespace",
                metadata=LabelsMetadata(name=namespace),
                labels={props.label.key: props.label.value},
                field_manager="cdktf-monitoring",
            )
