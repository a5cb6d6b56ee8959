"""The settings that keep who may use the cluster."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adoption.keeping.keep import is_of
from adoption.reading.objects import first

if TYPE_CHECKING:
    from adoption.keeping.keep import Existing
    from adoption.reading.state_model import StateObject


def keep_access(existing: Existing, cluster: StateObject) -> None:
    """Keep the authentication mode and the access entries."""
    # The API's default where a cluster was made without access configuration:
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html
    config = first(cluster.attributes["access_config"])
    mode = config.get("authentication_mode") or "CONFIG_MAP"
    comment = "Better: API_AND_CONFIG_MAP, with access entries. Later: change it; EKS never switches back."
    existing.keep("cluster.authentication_mode", mode, comment)
    if mode == "CONFIG_MAP":
        comment = "Access entries need authentication_mode API_AND_CONFIG_MAP. Later: name administrators there."
        existing.keep("cluster.enable_cluster_creator_admin_permissions", value=False, comment=comment)
        if existing.environment.cluster.access_entries:
            existing.keep("cluster.access_entries", {}, "Needs authentication_mode API_AND_CONFIG_MAP.")
        return
    entries = _access_entries(existing, cluster)
    for name, entry in entries.items():
        existing.keep(("cluster", "access_entries", name), entry, "As the cluster has it.")
    if any(_is_admin(entry) for entry in entries.values()):
        comment = "An entry of the cluster is an administrator already; that of its creator exists where it was kept."
        existing.keep("cluster.enable_cluster_creator_admin_permissions", value=False, comment=comment)


def _access_entries(existing: Existing, cluster: StateObject) -> dict[str, dict[str, Any]]:
    """Return the entries of people and roles as settings; EKS makes those of nodes itself."""
    policies = [one for one in existing.all("aws_eks_access_policy_association") if is_of(one, cluster)]
    known = {entry.principal: name for name, entry in existing.environment.cluster.access_entries.items()}
    found: dict[str, dict[str, Any]] = {}
    for one in existing.all("aws_eks_access_entry"):
        principal = one.attributes["principal_arn"]
        if not is_of(one, cluster) or principal is None or one.attributes["type"] not in (None, "STANDARD"):
            continue
        short = re.sub(r"^arn:[\w-]+:iam::\d+:", "", principal)
        name = known.get(principal) or known.get(short) or _entry_name(principal, found)
        entry: dict[str, Any] = {
            "principal": principal if name not in known.values() else _principal_of(existing, name)
        }
        associated = [_policy(policy) for policy in policies if policy.attributes["principal_arn"] == principal]
        if associated:
            entry["policies"] = associated
        if one.attributes["kubernetes_groups"]:
            entry["kubernetes_groups"] = sorted(one.attributes["kubernetes_groups"])
        found[name] = entry
    return found


def _principal_of(existing: Existing, name: str) -> str:
    return existing.environment.cluster.access_entries[name].principal


def _entry_name(principal: str, taken: dict[str, Any]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", principal.rpartition("/")[2].lower()).strip("-")[:32].strip("-") or "entry"
    base = base if base[0].isalpha() else f"entry-{base}"
    return next(name for name in (base, *(f"{base}-{number}" for number in range(2, 999))) if name not in taken)


def _policy(association: StateObject) -> dict[str, Any]:
    scope = first(association.attributes["access_scope"])
    policy: dict[str, Any] = {"policy": str(association.attributes["policy_arn"]).rpartition("/")[2]}
    if scope.get("namespaces"):
        policy["namespaces"] = sorted(scope["namespaces"])
    return policy


def _is_admin(entry: dict[str, Any]) -> bool:
    admin = {"policy": "AmazonEKSClusterAdminPolicy"}
    return admin in entry.get("policies", ())
