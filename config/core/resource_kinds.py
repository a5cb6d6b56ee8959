"""Types of resources: what distinguishes objects of one, how Terraform imports one, and what cannot change in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """A resource type; identity is empty where only what refers to an object identifies it.

    `import_id` is the form of the provider's documentation of the type, `fixed` are arguments that force replacement.
    """

    identity: tuple[str, ...]
    import_id: str = "{id}"
    fixed: tuple[str, ...] = ()


# The pages of the resources in the providers' documentation, section Import, e.g.
# https://github.com/hashicorp/terraform-provider-aws/tree/main/website/docs/r
KINDS: Final = {
    "aws_vpc": Kind((), fixed=("cidr_block",)),
    "aws_internet_gateway": Kind(("vpc_id",)),
    "aws_subnet": Kind(
        ("vpc_id", "cidr_block", "availability_zone"), fixed=("vpc_id", "cidr_block", "availability_zone")
    ),
    "aws_eip": Kind((), fixed=("domain",)),
    "aws_nat_gateway": Kind(("subnet_id",), fixed=("subnet_id", "allocation_id", "connectivity_type")),
    "aws_route_table": Kind((), fixed=("vpc_id",)),
    "aws_route_table_association": Kind(("subnet_id",), "{subnet_id}/{route_table_id}", ("subnet_id",)),
    "aws_route": Kind(
        ("route_table_id", "destination_cidr_block"),
        "{route_table_id}_{destination_cidr_block}",
        ("route_table_id", "destination_cidr_block"),
    ),
    "aws_default_security_group": Kind(("vpc_id",), fixed=("vpc_id",)),
    "aws_security_group": Kind(("vpc_id", "name"), fixed=("vpc_id", "name", "description")),
    "aws_vpc_endpoint": Kind(("vpc_id", "service_name"), fixed=("vpc_id", "service_name", "vpc_endpoint_type")),
    "aws_flow_log": Kind(
        ("vpc_id",), fixed=("vpc_id", "iam_role_arn", "log_destination", "log_destination_type", "traffic_type")
    ),
    "aws_eks_cluster": Kind(
        ("name",), "{name}", ("name", "role_arn", "encryption_config", "kubernetes_network_config.service_ipv4_cidr")
    ),
    "aws_eks_node_group": Kind(
        ("cluster_name", "node_group_name"),
        "{cluster_name}:{node_group_name}",
        (
            "cluster_name", "node_group_name", "node_role_arn", "subnet_ids", "instance_types", "capacity_type",
            "disk_size", "ami_type", "launch_template", "remote_access",
        ),
    ),
    "aws_launch_template": Kind((), fixed=("name",)),
    "aws_eks_addon": Kind(
        ("cluster_name", "addon_name"), "{cluster_name}:{addon_name}", ("cluster_name", "addon_name")
    ),
    "aws_eks_access_entry": Kind(
        ("cluster_name", "principal_arn"), "{cluster_name}:{principal_arn}", ("cluster_name", "principal_arn")
    ),
    "aws_eks_access_policy_association": Kind(
        ("cluster_name", "principal_arn", "policy_arn"),
        "{cluster_name}#{principal_arn}#{policy_arn}",
        ("cluster_name", "principal_arn", "policy_arn", "access_scope"),
    ),
    "aws_iam_role": Kind(("name",), "{name}", ("name", "path")),
    "aws_iam_role_policy": Kind(("role", "name"), "{role}:{name}", ("role", "name")),
    "aws_iam_role_policy_attachment": Kind(("role", "policy_arn"), "{role}/{policy_arn}", ("role", "policy_arn")),
    "aws_iam_openid_connect_provider": Kind(("url",), "{arn}", ("url",)),
    "aws_cloudwatch_log_group": Kind(("name",), "{name}", ("name",)),
    "aws_kms_key": Kind((), "{key_id}"),
    "aws_kms_alias": Kind(("name",), "{name}", ("name",)),
    "aws_s3_bucket": Kind(("bucket",), "{bucket}", ("bucket",)),
    "aws_s3_bucket_versioning": Kind(("bucket",), "{bucket}", ("bucket",)),
    "aws_s3_bucket_policy": Kind(("bucket",), "{bucket}", ("bucket",)),
    "aws_s3_bucket_public_access_block": Kind(("bucket",), "{bucket}", ("bucket",)),
    "aws_s3_bucket_server_side_encryption_configuration": Kind(("bucket",), "{bucket}", ("bucket",)),
    "aws_s3_bucket_lifecycle_configuration": Kind(("bucket",), "{bucket}", ("bucket",)),
    "aws_sns_topic": Kind(("name",), "{arn}", ("name",)),
    "aws_prometheus_workspace": Kind(("alias",), "{id}", ("kms_key_arn",)),
    "helm_release": Kind(("namespace", "name"), "{namespace}/{name}", ("namespace", "name")),
    "kubernetes_namespace_v1": Kind(("metadata.name",), "{metadata.name}", ("metadata.name",)),
    "kubernetes_storage_class_v1": Kind(
        ("metadata.name",),
        "{metadata.name}",
        ("metadata.name", "parameters", "storage_provisioner", "reclaim_policy", "volume_binding_mode"),
    ),
    "kubernetes_secret_v1": Kind(
        ("metadata.namespace", "metadata.name"),
        "{metadata.namespace}/{metadata.name}",
        ("metadata.namespace", "metadata.name", "type"),
    ),
    "kubernetes_config_map_v1": Kind(
        ("metadata.namespace", "metadata.name"),
        "{metadata.namespace}/{metadata.name}",
        ("metadata.namespace", "metadata.name"),
    ),
}  # fmt: skip
