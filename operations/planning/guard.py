"""Judges what a plan does, and stops what loses something that cannot be recovered, unless that is allowed by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from operations.planning.changes import from_plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from operations.planning.changes import Change
    from operations.planning.synthesized import Stack

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


class Effect(StrEnum):
    """What a change does, from the worst to the harmless."""

    IMPOSSIBLE = "impossible"
    LOSES = "loses"
    INTERRUPTS = "interrupts"
    ROLLS = "rolls"
    HARMLESS = "harmless"


@dataclass(frozen=True)
class Verdict:
    """What a plan does to one resource, beyond what Terraform says.

    Attributes:
        address: The resource.
        effect: The class of the change.
        what: What is lost, interrupted or rolled, or why the change is impossible; as the end of a sentence.
        reason: Why the plan has the change, as far as Terraform says it.

    """

    address: str
    effect: Effect
    what: str
    reason: str = ""

    def __str__(self) -> str:
        """Write it on one line."""
        because = f" ({self.reason})" if self.reason else ""
        return f"{self.address}: {self.effect}: {self.what}{because}"


@dataclass(frozen=True)
class Allowed:
    """What may be lost: names of resources (`<stack>/<address>`), and for a destroy of stacks and environments."""

    names: frozenset[str] = frozenset()
    is_destroy: bool = False

    def covers(self, stack: Stack, address: str) -> bool:
        """Whether a resource may be lost."""
        if self.is_destroy and not self.names.isdisjoint((stack.name, stack.environment)):
            return True
        return f"{stack.name}/{address}" in self.names

    def with_addresses(self, stack: str, addresses: Collection[str]) -> Allowed:
        """Add resources of one stack."""
        return replace(self, names=self.names | {f"{stack}/{address}" for address in addresses})


def judge(plan: dict[str, Any]) -> tuple[Verdict, ...]:
    """Judge every change of a plan, as `terraform show -json` gives it, that is more than harmless."""
    changes = from_plan(plan)
    return tuple(verdict for change in changes.resources if (verdict := _verdict(change)))


def stopped(stack: Stack, verdicts: Iterable[Verdict], allowed: Allowed) -> tuple[Verdict, ...]:
    """Choose the verdicts that stop a command: what is impossible, and what would be lost without leave."""
    return tuple(
        verdict
        for verdict in verdicts
        if verdict.effect is Effect.IMPOSSIBLE
        or (verdict.effect is Effect.LOSES and not allowed.covers(stack, verdict.address))
    )


def explain(found: Iterable[tuple[Stack, Verdict]]) -> str:
    """Say what was stopped, and how to go on."""
    listed = tuple(found)
    lines = [f"  {stack.name}/{verdict}" for stack, verdict in listed]
    names = " ".join(f"{s.name}/{verdict.address}" for s, verdict in listed if verdict.effect is Effect.LOSES)
    way = [f"To go on all the same, name it: --allow-destroy '{names}'"] if names else []
    return "\n".join(["Stopped, because of what this would do:", *lines, *way])


def _verdict(change: Change) -> Verdict | None:
    kind = next((kind for kind in change.kinds if kind in ("destroy", "replace")), None)
    loss = _loss(change) if kind else None
    return Verdict(change.address, Effect.LOSES, f"{kind} of {loss}", change.reason) if loss else None


def _loss(change: Change) -> str | None:
    if change.type == "helm_release" and _has_volumes(change.before):
        return "a Helm release with volumes"
    return PROTECTED.get(change.type.removesuffix("_v1"))


def _has_volumes(release: dict[str, Any]) -> bool:
    import yaml  # noqa: PLC0415 - only where a release goes

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
