"""The settings that keep the cluster, its nodes and its add-ons as they are."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from adoption.objects import first
from config import versions
from config.core import aws

if TYPE_CHECKING:
    from adoption.keeping.keep import Existing
    from adoption.state_model import StateObject

CORE_ADDONS: Final = ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")
# Older clusters have gp2 as their default class: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-standard.html
FIRST_MINOR_WITHOUT_DEFAULT_CLASS: Final = 30
# What EKS takes without disk_size: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
USUAL_DISK_GIB: Final = 20
EVERYBODY: Final = {"0.0.0.0/0"}
AFTER_UPGRADE: Final = "As it runs. Better: default, after the upgrade."
AS_THE_GROUP: Final = "As the node group is."
FOR_NODES: Final = "As the nodes are; changing it replaces the node group."
BY_ANOTHER_GROUP: Final = "Later: add a second node group with it, drain this one; changing it here replaces the group."


def keep_cluster(existing: Existing) -> None:
    """Keep the cluster of the environment's name; there is nothing to keep without one."""
    cluster = existing.cluster()
    if cluster is None:
        return
    attributes = cluster.attributes
    usual = f"{existing.environment.cluster_name}-eks-cluster"
    comment = "The role's name; another role replaces the cluster."
    existing.keep_name("cluster.role_name", attributes["role_arn"], usual, comment)
    _keep_version(existing, attributes["version"])
    _keep_endpoint(existing, first(attributes.get("vpc_config")))
    _keep_encryption(existing, first(attributes.get("encryption_config")))
    _keep_access(existing, cluster)
    support = first(attributes["upgrade_policy"]).get("support_type")
    existing.keep("cluster.support_type", support, "As the cluster is.")
    if existing.environment.cluster.service_ipv4_cidr is not None:
        cidr = first(attributes.get("kubernetes_network_config")).get("service_ipv4_cidr")
        existing.keep("cluster.service_ipv4_cidr", cidr, "As the cluster was made; it cannot change.")
    _keep_nodes(existing, cluster)
    _keep_addons(existing, cluster)


def _keep_version(existing: Existing, version: str | None) -> None:
    if version is not None and _is_ended(version):
        comment = f"EKS no longer supports {version}. Remove this line with the upgrade."
        existing.keep("cluster.allow_ended_version", value=True, comment=comment)
    better = f"Better: {versions.KUBERNETES}. Later: one minor version at a time, nodes after each."
    existing.keep("cluster.version", version, f"As the cluster is. {better}")


def _is_ended(version: str) -> bool:
    support = aws.KUBERNETES_SUPPORT.get(version)
    return support is None or datetime.now(tz=UTC).date() > support.extended_ends


def _keep_endpoint(existing: Existing, vpc_config: dict[str, Any]) -> None:
    public = vpc_config.get("endpoint_public_access")
    cidrs = sorted(vpc_config.get("public_access_cidrs") or [])
    existing.keep(
        "cluster.endpoint_private_access",
        vpc_config.get("endpoint_private_access"),
        "Better: true; nodes and runners in the VPC then stay in it. Later: change it, in place.",
    )
    comment = "Better: false, once deploys come from inside the VPC."
    existing.keep("cluster.endpoint_public_access", public, comment)
    if not public:
        if public is False:
            existing.drop("cluster.endpoint_public_access_cidrs", "The endpoint is not public.")
            existing.drop("cluster.endpoint_public_access_from_anywhere", "The endpoint is not public.")
    elif not cidrs or EVERYBODY & set(cidrs) or ("cluster", "endpoint_public_access_cidrs") in existing.refused:
        # Blocks that the settings refuse are kept by an override. Without any EKS permits everybody: https://docs.aws.amazon.com/eks/latest/APIReference/API_VpcConfigRequest.html
        existing.drop("cluster.endpoint_public_access_cidrs", "The endpoint is open to everybody.")
        existing.keep(
            "cluster.endpoint_public_access_from_anywhere",
            value=True,
            comment="Better: false, and your own blocks in endpoint_public_access_cidrs. Later: change it, in place.",
        )
    else:
        existing.drop("cluster.endpoint_public_access_from_anywhere", "The endpoint is open to some.")
        existing.keep("cluster.endpoint_public_access_cidrs", cidrs, "As the endpoint is.")


def _keep_encryption(existing: Existing, encryption: dict[str, Any]) -> None:
    key = first(encryption.get("provider")).get("key_arn")
    if key is not None:
        comment = "The key that encrypts secrets; another key replaces the cluster."
        existing.keep("cluster.encrypt_secrets", value=True, comment="As the cluster is; EKS does not go back.")
        existing.keep("cluster.kms_key_arn", key, comment)
        return
    existing.drop("cluster.kms_key_arn", "The cluster does not encrypt secrets.")
    existing.keep(
        "cluster.encrypt_secrets",
        value=False,
        comment="Better: true. Later: remove this line; EKS adds it in place, and nobody can take it back.",
    )


def _keep_access(existing: Existing, cluster: StateObject) -> None:
    # The API's default where a cluster was made without access configuration:
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html
    config = first(cluster.attributes["access_config"])
    mode = config.get("authentication_mode") or "CONFIG_MAP"
    comment = "Better: API_AND_CONFIG_MAP, with access entries. Later: change it; EKS never goes back."
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
        comment = "An entry of the cluster is an administrator already; that of whoever made it exists where it does."
        existing.keep("cluster.enable_cluster_creator_admin_permissions", value=False, comment=comment)


def _access_entries(existing: Existing, cluster: StateObject) -> dict[str, dict[str, Any]]:
    """Return the entries of people and roles as settings; EKS makes those of nodes itself."""
    policies = [one for one in existing.all("aws_eks_access_policy_association") if _is_of(one, cluster)]
    known = {entry.principal: name for name, entry in existing.environment.cluster.access_entries.items()}
    found: dict[str, dict[str, Any]] = {}
    for one in existing.all("aws_eks_access_entry"):
        principal = one.attributes["principal_arn"]
        if not _is_of(one, cluster) or principal is None or one.attributes["type"] not in (None, "STANDARD"):
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


def _keep_nodes(existing: Existing, cluster: StateObject) -> None:
    groups = [one for one in existing.all("aws_eks_node_group") if _is_of(one, cluster)]
    roles = Counter(one.attributes["node_role_arn"] for one in groups if one.attributes["node_role_arn"])
    if roles:
        usual = f"{existing.environment.cluster_name}-eks-nodes"
        comment = "The role's name; another role replaces every node group."
        # Overrides keep the roles of the other groups.
        existing.keep_name("cluster.node_role_name", roles.most_common(1)[0][0], usual, comment)
    for group in groups:
        if group.attributes["node_group_name"]:
            _keep_group(existing, group)
    _drop_other_groups(existing, groups)


def _drop_other_groups(existing: Existing, groups: list[StateObject]) -> None:
    """Say which groups of the settings do not exist: they would be new nodes beside those that run."""
    if not groups:
        return
    there = {group.attributes["node_group_name"] for group in groups}
    for name in existing.environment.cluster.node_groups:
        if name not in there:
            existing.kept.notes.append(
                f"node group {name} of the settings does not exist and will be new; "
                f"remove cluster.node_groups.{name} if it is not wanted"
            )


def _keep_group(existing: Existing, group: StateObject) -> None:
    attributes = group.attributes
    path = ("cluster", "node_groups", attributes["node_group_name"])
    sizes = first(attributes["scaling_config"])
    for size in ("min_size", "desired_size", "max_size"):
        existing.keep((*path, size), sizes.get(size), AS_THE_GROUP)
    existing.keep((*path, "labels"), attributes["labels"] or {}, AS_THE_GROUP)
    taints = [
        {key: one[key] for key in ("key", "value", "effect") if one.get(key)} for one in attributes["taint"] or ()
    ]
    existing.keep((*path, "taints"), taints, AS_THE_GROUP)
    update = {key: value for key, value in first(attributes["update_config"]).items() if value}
    existing.keep((*path, "update_config"), update or None, AS_THE_GROUP)
    existing.keep((*path, "capacity_type"), attributes["capacity_type"], FOR_NODES)
    existing.keep((*path, "instance_types"), attributes["instance_types"], FOR_NODES)
    existing.keep((*path, "ami_type"), attributes["ami_type"], f"Better: AL2023_x86_64_STANDARD. {BY_ANOTHER_GROUP}")
    comment = f"Better: true, with IMDSv2 and an encrypted gp3 volume. {BY_ANOTHER_GROUP}"
    existing.keep((*path, "launch_template"), value=False, comment=comment)
    if not attributes["launch_template"]:
        existing.keep((*path, "disk_size_gib"), int(attributes["disk_size"] or USUAL_DISK_GIB), FOR_NODES)


def _keep_addons(existing: Existing, cluster: StateObject) -> None:
    addons = {
        one.attributes["addon_name"]: one.attributes for one in existing.all("aws_eks_addon") if _is_of(one, cluster)
    }
    for name in CORE_ADDONS:
        path = ("cluster", "addons", name.replace("-", "_"))
        if name in addons:
            existing.keep((*path, "version"), addons[name]["addon_version"], AFTER_UPGRADE)
        else:
            comment = "EKS does not manage it here. Better: true, one add-on at a time; EKS then takes over what runs."
            existing.keep((*path, "enabled"), value=False, comment=comment)
    csi = addons.get("aws-ebs-csi-driver")
    if csi is not None:
        existing.keep("csi_addon.addon.version", csi["addon_version"], AFTER_UPGRADE)
        usual = f"{existing.environment.cluster_name}-ebs-csi-driver"
        comment = "The role's name. Better: none, which makes a role of the cluster's own; then delete this one."
        existing.keep_name("csi_addon.role_name", csi.get("service_account_role_arn") or usual, usual, comment)
    minor = re.fullmatch(r"1\.(\d{1,3})", str(cluster.attributes["version"]), re.ASCII)
    if (
        minor is not None
        and int(minor[1]) < FIRST_MINOR_WITHOUT_DEFAULT_CLASS
        and not existing.all("kubernetes_storage_class_v1")
    ):
        existing.keep(
            "csi_addon.storage_class.is_default",
            value=False,
            comment="The cluster has a default class already, gp2. Better: true. Later: take the annotation from gp2, "
            "then remove this line; existing volumes stay gp2.",
        )


def _is_of(one: StateObject, cluster: StateObject) -> bool:
    return bool(one.attributes["cluster_name"] == cluster.attributes["name"])
