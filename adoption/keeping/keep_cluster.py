"""The settings that keep the cluster, its nodes and its add-ons as they are."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Final

from adoption.objects import first
from config import versions
from config.core import aws

if TYPE_CHECKING:
    from adoption.keeping.keep import Existing
    from adoption.states import StateObject

CORE_ADDONS: Final = ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")
# Older clusters have gp2 as their default class: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-standard.html
FIRST_MINOR_WITHOUT_DEFAULT_CLASS: Final = 30
# What EKS takes without disk_size: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
USUAL_DISK_GIB: Final = 20
AFTER_UPGRADE: Final = "As it runs. Better: default, after the upgrade."
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
    # The API's default where a cluster was made without access configuration:
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html
    _keep_access(existing, first(attributes.get("access_config")).get("authentication_mode") or "CONFIG_MAP")
    if existing.environment.cluster.service_ipv4_cidr is not None:
        cidr = first(attributes.get("kubernetes_network_config")).get("service_ipv4_cidr")
        existing.keep("cluster.service_ipv4_cidr", cidr, "As the cluster was made; it cannot change.")
    _keep_nodes(existing, cluster)
    _keep_addons(existing, cluster)


def _keep_version(existing: Existing, version: str) -> None:
    if version not in aws.KUBERNETES_SUPPORT:
        comment = f"EKS no longer supports {version}. Remove this line with the upgrade."
        existing.keep("cluster.allow_ended_version", value=True, comment=comment)
    better = f"Better: {versions.KUBERNETES}. Later: one minor version at a time, nodes after each."
    existing.keep("cluster.version", version, f"As the cluster is. {better}")


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
    if public and any(IPv4Network(cidr).prefixlen == 0 for cidr in cidrs):
        existing.keep(
            "cluster.endpoint_public_access_from_anywhere",
            value=True,
            comment="Better: false, and your own blocks in endpoint_public_access_cidrs. Later: change it, in place.",
        )
    elif public:
        existing.keep("cluster.endpoint_public_access_cidrs", cidrs, "As the endpoint is.")


def _keep_encryption(existing: Existing, encryption: dict[str, Any]) -> None:
    if encryption:
        key = first(encryption.get("provider")).get("key_arn")
        comment = "The key that encrypts secrets; another key replaces the cluster."
        existing.keep("cluster.kms_key_arn", key, comment)
        return
    existing.keep(
        "cluster.encrypt_secrets",
        value=False,
        comment="Better: true. Later: remove this line; EKS adds it in place, and nobody can take it back.",
    )


def _keep_access(existing: Existing, mode: str) -> None:
    comment = "Better: API_AND_CONFIG_MAP, with access entries. Later: change it; EKS never goes back."
    existing.keep("cluster.authentication_mode", mode, comment)
    if mode != "CONFIG_MAP":
        return
    comment = "Access entries need authentication_mode API_AND_CONFIG_MAP. Later: name administrators there."
    existing.keep("cluster.enable_cluster_creator_admin_permissions", value=False, comment=comment)
    if existing.environment.cluster.access_entries:
        existing.keep("cluster.access_entries", {}, "Needs authentication_mode API_AND_CONFIG_MAP.")


def _keep_nodes(existing: Existing, cluster: StateObject) -> None:
    groups = [one for one in existing.all("aws_eks_node_group") if _is_of(one, cluster)]
    roles = sorted({one.attributes["node_role_arn"] for one in groups})
    if len(roles) == 1:
        usual = f"{existing.environment.cluster_name}-eks-nodes"
        comment = "The role's name; another role replaces every node group."
        existing.keep_name("cluster.node_role_name", roles[0], usual, comment)
    elif roles:
        existing.say(f"node groups have {len(roles)} roles, this project has one for all of them")
    for group in groups:
        _keep_group(existing, group)


def _keep_group(existing: Existing, group: StateObject) -> None:
    attributes = group.attributes
    path = ("cluster", "node_groups", attributes["node_group_name"])
    if attributes["node_group_name"] not in existing.environment.cluster.node_groups:
        sizes = first(attributes.get("scaling_config"))
        for size in ("min_size", "desired_size", "max_size"):
            existing.keep((*path, size), sizes.get(size), "As the node group is, which the settings did not have.")
        existing.keep((*path, "labels"), attributes.get("labels") or {}, "As the node group is.")
    existing.keep((*path, "capacity_type"), attributes["capacity_type"], FOR_NODES)
    existing.keep((*path, "instance_types"), list(attributes["instance_types"]), FOR_NODES)
    existing.keep((*path, "ami_type"), attributes["ami_type"], f"Better: AL2023_x86_64_STANDARD. {BY_ANOTHER_GROUP}")
    if first(attributes.get("launch_template")):
        existing.say(f"{group} has a launch template of its own, which this project cannot keep")
        return
    comment = f"Better: true, with IMDSv2 and an encrypted gp3 volume. {BY_ANOTHER_GROUP}"
    existing.keep((*path, "launch_template"), value=False, comment=comment)
    existing.keep((*path, "disk_size_gib"), int(attributes.get("disk_size") or USUAL_DISK_GIB), FOR_NODES)


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
    minor = int(str(cluster.attributes["version"]).partition(".")[2])
    if minor < FIRST_MINOR_WITHOUT_DEFAULT_CLASS and not existing.all("kubernetes_storage_class_v1"):
        existing.keep(
            "csi_addon.storage_class.is_default",
            value=False,
            comment="The cluster has a default class already, gp2. Better: true. Later: take the annotation from gp2, "
            "then remove this line; existing volumes stay gp2.",
        )


def _is_of(one: StateObject, cluster: StateObject) -> bool:
    return bool(one.attributes["cluster_name"] == cluster.attributes["name"])
