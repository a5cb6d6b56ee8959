"""What tells objects of a type apart, how Terraform imports one, and what cannot change without replacing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Kind:
    """A resource type; identity is empty where only what refers to an object tells which one it is.

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
# What a provider takes where nothing is configured, other than nothing, as its plans show; by type and path.
DEFAULTS: Final[Mapping[str, Mapping[str, object]]] = {
    "aws_vpc": {"enable_dns_support": True, "instance_tenancy": "default"},
    "aws_nat_gateway": {"connectivity_type": "public"},
    "aws_security_group": {"description": "Managed by Terraform"},
    "aws_vpc_endpoint": {"vpc_endpoint_type": "Gateway"},
    "aws_flow_log": {"log_destination_type": "cloud-watch-logs", "max_aggregation_interval": 600},
    "aws_eks_cluster": {"bootstrap_self_managed_addons": True, "vpc_config.endpoint_public_access": True},
    "aws_eks_access_entry": {"type": "STANDARD"},
    "aws_iam_role": {"max_session_duration": 3600, "path": "/"},
    "aws_kms_key": {
        "customer_master_key_spec": "SYMMETRIC_DEFAULT", "is_enabled": True, "key_usage": "ENCRYPT_DECRYPT",
    },
    "aws_s3_bucket_lifecycle_configuration": {
        "transition_default_minimum_object_size": "all_storage_classes_128K",
    },
    "kubernetes_storage_class_v1": {
        "allow_volume_expansion": True, "reclaim_policy": "Delete", "volume_binding_mode": "Immediate",
    },
    "kubernetes_secret_v1": {"type": "Opaque"},
}  # fmt: skip
# Blocks that the provider takes over from the object where the configuration has none.
COMPUTED_BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws_eks_cluster": ("access_config", "kubernetes_network_config", "upgrade_policy"),
    "aws_eks_node_group": ("node_repair_config", "update_config"),
    "aws_iam_role": ("inline_policy",),
    "aws_s3_bucket": (
        "cors_rule", "grant", "lifecycle_rule", "logging", "object_lock_configuration", "replication_configuration",
        "server_side_encryption_configuration", "versioning", "website",
    ),
    "aws_vpc_endpoint": ("dns_options", "subnet_configuration"),
}  # fmt: skip
# What only Terraform keeps in mind: how it goes about a change, nothing of the object.
OF_TERRAFORM: Final = (
    "bypass_policy_lockout_safety_check", "deletion_window_in_days", "destroy", "force_destroy",
    "force_detach_policies", "force_update_version", "preserve", "resolve_conflicts", "resolve_conflicts_on_create",
    "resolve_conflicts_on_update", "revoke_rules_on_delete", "skip_destroy", "timeouts", "update_default_version",
    "wait_for_default_service_account", "wait_for_service_account_token",
)  # fmt: skip
# Of a release these are of the object; everything else says how Helm goes about a change, or is in its values.
OF_A_RELEASE: Final = ("chart", "name", "namespace", "repository", "values", "version")
# Arguments that say the same as another one, with which the provider does not take them.
SAID_TWICE: Final[Mapping[str, tuple[str, ...]]] = {
    "aws_eks_node_group": ("launch_template.name", "node_group_name_prefix"),
    "aws_subnet": ("availability_zone_id",),
    "aws_iam_role": ("name_prefix",),
    "aws_s3_bucket_lifecycle_configuration": ("rule.prefix",),
}
# Of these the object that is in use counts, not the one that happens to have our name.
TOLD_BY_USE: Final = ("aws_iam_role",)
