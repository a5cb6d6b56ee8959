"""Stops a deploy that would destroy or replace what cannot be had back, unless it was told to by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from operations.planning.changes import Change, Changes

PROTECTED = {
    "aws_vpc": "a VPC",
    "aws_eks_cluster": "a cluster with everything that runs on it",
    "aws_eks_node_group": "a node group with its nodes",
    "aws_s3_bucket": "a bucket with its objects",
    "aws_kms_key": "a KMS key, and with it what it encrypts",
    "aws_prometheus_workspace": "a Prometheus workspace with its metrics",
    "aws_grafana_workspace": "a Grafana workspace with its dashboards",
    "kubernetes_namespace": "a namespace with everything in it",
    "kubernetes_persistent_volume_claim": "a volume",
}
# Helm values under these keys ask for volumes, in the kube-prometheus-stack chart and in most others.
VOLUME_KEYS = frozenset({"volumeClaimTemplate", "volumeClaimTemplates", "persistentVolumeClaim", "persistentVolume"})


@dataclass(frozen=True)
class Danger:
    """One resource that a plan would destroy or replace, and what is lost with it."""

    name: str
    kind: str
    loss: str
    reason: str

    def __str__(self) -> str:
        """Write it on one line."""
        because = f" ({self.reason})" if self.reason else ""
        return f"{self.kind} {self.name}: {self.loss}{because}"


def dangers(stack: str, changes: Changes, allowed: Collection[str]) -> tuple[Danger, ...]:
    """Find what a plan of a stack would destroy or replace without leave; leave is given as `<stack>/<address>`."""
    found = (_danger(stack, change) for change in changes.resources)
    return tuple(danger for danger in found if danger and danger.name not in allowed)


def explain(found: Iterable[Danger]) -> str:
    """Say what was stopped, and how to go on."""
    listed = tuple(found)
    names = " ".join(danger.name for danger in listed)
    lines = "\n".join(f"  {danger}" for danger in listed)
    return f"Stopped, because this would be lost:\n{lines}\nTo go on all the same, name it: ALLOW_DESTROY='{names}'"


def _danger(stack: str, change: Change) -> Danger | None:
    kind = next((kind for kind in change.kinds if kind in ("destroy", "replace")), None)
    loss = _loss(change) if kind else None
    return Danger(f"{stack}/{change.address}", str(kind), loss, change.reason) if loss else None


def _loss(change: Change) -> str | None:
    if change.type == "helm_release" and _has_volumes(change.before):
        return "a Helm release with volumes"
    return PROTECTED.get(change.type.removesuffix("_v1"))


def _has_volumes(release: dict[str, Any]) -> bool:
    return any(_asks_for_volumes(yaml.safe_load(values)) for values in release.get("values") or [])


def _asks_for_volumes(values: Any) -> bool:  # noqa: ANN401 - any YAML
    if isinstance(values, dict):
        if VOLUME_KEYS.intersection(key for key, value in values.items() if value):
            return True
        persistence = values.get("persistence")
        if isinstance(persistence, dict) and persistence.get("enabled"):
            return True
        return any(_asks_for_volumes(value) for value in values.values())
    return isinstance(values, list) and any(_asks_for_volumes(value) for value in values)
