"""Parts of Kubernetes objects that manifests and the values of charts have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import JsonValue

    from constructs.helm.helm_values import Values

# https://kubernetes.io/docs/reference/labels-annotations-taints/
ZONE: Final = "topology.kubernetes.io/zone"
NODE: Final = "kubernetes.io/hostname"
INSTANCE_LABEL: Final = "app.kubernetes.io/instance"


def metadata(name: str, namespace: str, labels: Mapping[str, str]) -> Values:
    """Return the metadata of an object."""
    return {"name": name, "namespace": namespace, "labels": dict(labels)}


def operator_object(kind: str, metadata: Values, spec: Values) -> Values:
    """Return an object of the Prometheus operator: a monitor, a probe or rules.

    https://prometheus-operator.dev/docs/api-reference/api/
    """
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": metadata, "spec": spec}


def confined_container() -> Values:
    """Return what a container's security context has in common: no further privileges, and no writes to the image."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}


def restricted_container(user: int | None = None) -> Values:
    """Return a container's security context that Pod Security "restricted" permits, with user and group where given.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    values: Values = {**confined_container(), "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return values if user is None else {**values, "runAsUser": user, "runAsGroup": user}


def spread(topology: str, labels: Mapping[str, str], *, is_required: bool = False) -> Values:
    """Return the constraint that spreads pods with some labels over the values of a node's label."""
    return {
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "DoNotSchedule" if is_required else "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(labels)},
    }


def pull_secrets(names: Iterable[str]) -> list[JsonValue]:
    """Return secrets that pull images, as a pod lists them."""
    return [{"name": name} for name in names]


def role_annotation(role_arn: str | None) -> Values:
    """Return what makes a service account run as an IAM role (IRSA), if it needs one."""
    return {} if role_arn is None else {"annotations": {"eks.amazonaws.com/role-arn": role_arn}}
