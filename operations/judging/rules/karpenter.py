"""Rules for the releases of Karpenter that have no pods: what their change does to its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operations.judging.rules.claims import documents
from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from operations.judging.planned import Plan, Planned
    from operations.judging.verdict import Verdict

CRDS: Final = "karpenter-crd"
NODES: Final = "karpenter-nodes"


def judge_karpenter(release: Planned, plan: Plan) -> Verdict | None:
    """Judge node pools and classes; an upgrade of the CRDs changes no object.

    https://karpenter.sh/docs/concepts/disruption/#drift
    """
    if release.before.get("name") == CRDS:
        return None
    before, after = _objects(release.before), _objects(release.after)
    pools = sorted(name for name in before if name.startswith("pool-") and name not in after)
    if pools and not plan.is_destruction:
        names = ", ".join(name.removeprefix("pool-") for name in pools)
        return release.verdict(
            Effect.INTERRUPTS, f"nodes of the pool {names} are drained and ended; their pods need room elsewhere"
        )
    if release.is_updated and before != after:
        return release.verdict(
            Effect.ROLLS, "nodes that no longer fit are replaced, as many at once as disruption_budgets allow"
        )
    return None


def _objects(values: dict[str, Any]) -> dict[str, Any]:
    """Return the objects of the release by their names in its values."""
    found = [document.get("objects") for document in documents(values) if isinstance(document, dict)]
    return {name: one for objects in found if isinstance(objects, dict) for name, one in objects.items()}
