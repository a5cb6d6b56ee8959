"""The settings that keep the cluster and its add-ons as they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from adoption.keeping.keep import is_of
from adoption.keeping.keep_access import keep_access
from adoption.keeping.keep_nodes import keep_nodes
from adoption.reading.objects import first
from config import versions
from config.core import aws

if TYPE_CHECKING:
    from adoption.keeping.keep import Existing
    from adoption.reading.state_model import StateObject

CORE_ADDONS: Final = ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")
# Older clusters have gp2 as their default class: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-standard.html
FIRST_MINOR_WITHOUT_DEFAULT_CLASS: Final = 30
EVERYBODY: Final = {"0.0.0.0/0"}
AFTER_UPGRADE: Final = "As it runs. Better: default, after the upgrade."


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
    groups = sorted(first(attributes.get("vpc_config")).get("security_group_ids") or [])
    existing.keep("cluster.security_group_ids", groups, "As the cluster is.")
    _keep_encryption(existing, first(attributes.get("encryption_config")))
    keep_access(existing, cluster)
    # Older providers do not say it: https://docs.aws.amazon.com/eks/latest/APIReference/API_UpgradePolicyRequest.html
    support = first(attributes.get("upgrade_policy")).get("support_type") or "EXTENDED"
    existing.keep("cluster.support_type", support, "As the cluster is.")
    if existing.environment.cluster.service_ipv4_cidr is not None:
        cidr = first(attributes.get("kubernetes_network_config")).get("service_ipv4_cidr")
        existing.keep("cluster.service_ipv4_cidr", cidr, "As the cluster was made; it cannot change.")
    keep_nodes(existing, cluster)
    _keep_addons(existing, cluster)


def _keep_version(existing: Existing, version: str | None) -> None:
    if version is not None and _is_ended(version):
        comment = f"EKS no longer supports {version}. Remove this line with the upgrade."
        existing.keep("cluster.allow_unlisted_version", value=True, comment=comment)
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
    if vpc_config.get("endpoint_private_access") is False:
        for setting in ("endpoint_private_access_cidrs", "endpoint_private_access_security_group_ids"):
            existing.drop(f"cluster.{setting}", "The endpoint is not private.")
    comment = "Better: false, once deploys come from inside the VPC."
    existing.keep("cluster.endpoint_public_access", public, comment)
    if not public:
        if public is False:
            existing.drop("cluster.endpoint_public_access_cidrs", "The endpoint is not public.")
            existing.drop("cluster.endpoint_public_access_from_anywhere", "The endpoint is not public.")
    elif not cidrs or EVERYBODY & set(cidrs) or ("cluster", "endpoint_public_access_cidrs") in existing.refused:
        # Blocks that the settings refuse are kept by an override. Without any EKS permits everyone: https://docs.aws.amazon.com/eks/latest/APIReference/API_VpcConfigRequest.html
        existing.drop("cluster.endpoint_public_access_cidrs", "The endpoint is open to everyone.")
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
        comment="Better: true. Later: remove this line; EKS adds it in place, and it cannot be removed.",
    )


def _keep_addons(existing: Existing, cluster: StateObject) -> None:
    addons = {
        one.attributes["addon_name"]: one.attributes for one in existing.all("aws_eks_addon") if is_of(one, cluster)
    }
    for name in CORE_ADDONS:
        path = ("cluster", "addons", name.replace("-", "_"))
        if name in addons:
            existing.keep((*path, "version"), addons[name]["addon_version"], AFTER_UPGRADE)
        else:
            comment = "EKS does not manage it here. Better: true, one add-on at a time; EKS then takes over what runs."
            existing.keep((*path, "enabled"), value=False, comment=comment)
    csi = addons.get("aws-ebs-csi-driver")
    attached = {str(one.attributes["policy_arn"]) for one in existing.all("aws_iam_role_policy_attachment")}
    if any(arn.endswith("/AmazonEBSCSIDriverPolicy") for arn in attached):
        comment = "As the role has it. Better: AmazonEBSCSIDriverPolicyV2. Later: see that volumes which were made by "
        comment += "hand have the tag ebs.csi.aws.com/cluster, then remove this line."
        existing.keep("csi_addon.managed_policy", "AmazonEBSCSIDriverPolicy", comment)
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
