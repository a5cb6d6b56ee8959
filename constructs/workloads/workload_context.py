"""What the objects of a workload have in common: where they are, and their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs.kubernetes.shapes import metadata
from constructs.workloads.workload_pods import selector_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.monitoring.discovery import MonitorLabel
    from constructs.helm.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class WorkloadContext:
    """What a workload's objects take from around it.

    Without a storage class, the cluster's default is used; `has_ipv6`: pods have IPv6 addresses.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    monitor_label: MonitorLabel
    storage_class_name: str | None
    has_ipv6: bool = False

    def metadata(self, name: str, **labels: str) -> Values:
        """Return name, namespace and labels of an object."""
        own = {**self.labels, "app.kubernetes.io/name": self.name, **selector_labels(self.name)}
        return metadata(name, self.namespace, {**own, **labels})

    def selected_metadata(self, name: str) -> Values:
        """Return the metadata of an object that Prometheus selects."""
        metadata = self.metadata(name)
        labels = metadata["labels"]
        if isinstance(labels, dict):
            labels[self.monitor_label.key] = self.monitor_label.value
        return metadata
