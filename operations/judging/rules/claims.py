"""What another version of a Helm release's values does to its claims: Helm deletes those that are no longer asked for.

https://helm.sh/docs/howto/charts_tips_and_tricks/ (resource policy), and what Kubernetes refuses to change:
https://kubernetes.io/docs/concepts/storage/persistent-volumes/,
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from operations.judging.verdict import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from operations.judging.planned import Planned
    from operations.judging.verdict import Verdict

# Helm values under these keys ask for volumes, in the kube-prometheus-stack chart and in most others.
VOLUME_KEYS: Final = frozenset(
    {"volumeClaimTemplate", "volumeClaimTemplates", "persistentVolumeClaim", "persistentVolume"}
)
# Charts that make of `persistence` the claim template of a StatefulSet, and not a claim.
# https://github.com/stevehipwell/helm-charts/tree/main/charts/thanos/templates
OF_STATEFUL_SETS: Final = frozenset({"thanos"})
FIXED: Final = ("storageClassName", "accessModes")


@dataclass(frozen=True)
class Claims:
    """What values ask of Kubernetes.

    Attributes:
        own: The claims that the release has itself, by their names or by their place in the values.
        templates: The claim templates of StatefulSets, in the same way; None of one that has none.

    """

    own: dict[str, Any]
    templates: dict[str, Any]


def judge_claims(release: Planned) -> Verdict | None:
    """Judge an update of a release by what becomes of its claims; None where they stay, or the plan does not know."""
    if _is_unknown(release.unknown.get("values")):
        return None
    before, after = (_claims(one) for one in (release.before, release.after))
    gone = sorted(before.own.keys() - after.own.keys())
    if gone:
        return release.verdict(
            Effect.LOSES, f"the claim {', '.join(gone)} with the data in its volume: Helm deletes it"
        )
    for name, claim in before.own.items():
        now = after.own[name]
        if any(claim.get(key) != now.get(key) for key in FIXED) or 0 < _gib(now) < _gib(claim):
            return release.verdict(
                Effect.LOSES,
                f"the claim {name} takes no other class and no smaller size: Kubernetes refuses it, and the upgrade "
                "fails",
                way="leave them, or delete the claim with its data before the deploy",
            )
    fixed = [name for name, claims in before.templates.items() if after.templates.get(name, claims) != claims]
    if fixed:
        return release.verdict(
            Effect.LOSES,
            f"the volumes of {', '.join(fixed)}: Kubernetes changes none of a StatefulSet, and the upgrade fails",
            way="before the deploy remove the StatefulSet, which leaves its pods and claims: "
            "kubectl delete statefulset NAME --cascade=orphan",
        )
    return None


def asks_for_volumes(values: JsonValue) -> bool:
    """Whether values of a release ask for volumes, in whatever way."""
    if isinstance(values, dict):
        if VOLUME_KEYS.intersection(key for key, value in values.items() if value):
            return True
        persistence = values.get("persistence")
        if isinstance(persistence, dict) and persistence.get("enabled"):
            return True
        return any(asks_for_volumes(value) for value in values.values())
    return isinstance(values, list) and any(asks_for_volumes(value) for value in values)


def documents(release: dict[str, Any]) -> Iterator[JsonValue]:
    """Yield the values of a release, as far as a plan knows them."""
    for values in release.get("values") or []:
        try:
            yield json.loads(values)
        except ValueError:
            import yaml  # noqa: PLC0415 - the stacks of this project write JSON

            yield yaml.safe_load(values)


def _is_unknown(marks: Any) -> bool:  # noqa: ANN401 - a mark, or a list of marks
    return any(marks) if isinstance(marks, list) else bool(marks)


def _claims(release: dict[str, Any]) -> Claims:
    found = Claims({}, {})
    is_of_stateful_sets = str(release.get("chart")).rpartition("/")[2] in OF_STATEFUL_SETS
    for values in documents(release):
        _collect(values, (), found, is_of_stateful_sets=is_of_stateful_sets)
    return found


def _collect(values: JsonValue, path: tuple[str, ...], found: Claims, *, is_of_stateful_sets: bool) -> None:
    if isinstance(values, list):
        for number, value in enumerate(values):
            _collect(value, (*path, str(number)), found, is_of_stateful_sets=is_of_stateful_sets)
    if not isinstance(values, dict):
        return
    match values:
        case {"kind": "PersistentVolumeClaim", "metadata": {"name": str(name)}, "spec": spec}:
            found.own[name] = spec
        case {"kind": "StatefulSet", "metadata": {"name": str(name)}, "spec": dict() as spec}:
            found.templates[name] = spec.get("volumeClaimTemplates")
        case {"persistence": {"enabled": is_enabled, **rest}} if is_of_stateful_sets:
            found.templates[".".join((*path, "persistence"))] = rest if is_enabled else None
        case {"persistence": {"enabled": True, **rest}} if not rest.get("existingClaim"):
            found.own[".".join((*path, "persistence"))] = rest
    for key, value in values.items():
        if key not in VOLUME_KEYS:
            _collect(value, (*path, key), found, is_of_stateful_sets=is_of_stateful_sets)


def _gib(claim: dict[str, Any]) -> int:
    """Return the size of a chart's claim in GiB, the unit of every size in the settings; 0 where it is in another."""
    size = str(claim.get("size"))
    return int(size[:-2]) if size.endswith("Gi") and size[:-2].isdigit() else 0
