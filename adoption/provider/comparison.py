"""What of an object counts where its configuration is compared with it, and what the provider fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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
