"""A namespace of workloads: Prometheus looks into it, and Pod Security refuses pods that ask for too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from constructs import Construct
from constructs.kubernetes.namespace import create_namespace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.monitoring.discovery import NamespaceLabel

PodSecurity = Literal["restricted", "baseline"]


@dataclass(frozen=True, kw_only=True)
class WorkloadNamespaceProps:
    """Name, labels, the label by which Prometheus finds namespaces, and the Pod Security Standard of the pods."""

    name: str
    labels: Mapping[str, str]
    monitoring_label: NamespaceLabel
    pod_security: PodSecurity


class WorkloadNamespace(Construct):
    """A labelled namespace. https://kubernetes.io/docs/concepts/security/pod-security-admission/."""

    def __init__(self, scope: Construct, id_: str, props: WorkloadNamespaceProps) -> None:
        super().__init__(scope, id_)
        self.namespace = create_namespace(
            self,
            "this",
            name=props.name,
            labels={
                **props.labels,
                props.monitoring_label.key: props.monitoring_label.value,
                "pod-security.kubernetes.io/enforce": props.pod_security,
                # What even the restricted standard would refuse is reported by kubectl.
                "pod-security.kubernetes.io/warn": "restricted",
            },
        )
