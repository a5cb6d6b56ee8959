"""Long-term storage by Thanos: bucket, secret, sidecar, and the read path over the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.aws.private_bucket import PrivateBucket, PrivateBucketOutputs, PrivateBucketProps
from constructs.monitoring.contribution import Contribution
from constructs.monitoring.thanos.thanos_read_path import ThanosReadPath, ThanosReadPathProps, thanos_data_source
from constructs.monitoring.thanos.thanos_secret import ThanosSecret, ThanosSecretProps
from constructs.monitoring.thanos.thanos_sidecar import sidecar_values

if TYPE_CHECKING:
    from constructs.monitoring.companion_release import CompanionContext
    from constructs.monitoring.thanos.thanos_secret import ThanosSecretOutputs
    from stacks.cluster_reference import PodRoles
    from stacks.monitoring.base import MonitoringStack


def contribute_thanos(stack: MonitoringStack, roles: PodRoles) -> Contribution:
    """Add the sidecar, and the read path unless it is off."""
    settings = stack.settings.thanos
    if not settings.enabled:
        return Contribution()
    bucket = _create_bucket(stack, roles)
    secret = ThanosSecret(
        stack,
        "thanos-secret",
        ThanosSecretProps(namespace=stack.namespace, bucket_name=bucket.bucket_name, account=roles.account),
    ).outputs
    has_read_path = settings.has_read_path
    return Contribution(
        prometheus_policies={"thanos-bucket": bucket.grant_read_write()},
        data_sources=(thanos_data_source(stack.settings.namespace),) if has_read_path else (),
        values=(sidecar_values(secret.name),),
        depends_on=(secret.secret,),
        companions=(lambda context: _create_read_path(stack, roles, bucket, secret, context),) if has_read_path else (),
    )


def _create_bucket(stack: MonitoringStack, roles: PodRoles) -> PrivateBucketOutputs:
    existing = stack.settings.thanos.existing_bucket
    if existing is not None:
        arn = f"arn:{roles.account.partition}:s3:::{existing.name}"
        return PrivateBucketOutputs(bucket_name=existing.name, bucket_arn=arn, kms_key_arn=existing.kms_key_arn)
    props = PrivateBucketProps(
        cluster_name=stack.environment.cluster_name,
        account=roles.account,
        purpose="thanos",
        contents="Thanos blocks",
        bucket_name=stack.settings.thanos.bucket_name,
        not_replicated_because="blocks are metrics, not records; replication doubles the cost of the whole long-term "
        "storage",
        without_events_because="Thanos polls the bucket; nothing would receive the events",
    )
    return PrivateBucket(stack, "thanos-bucket", props).outputs


def _create_read_path(
    stack: MonitoringStack,
    roles: PodRoles,
    bucket: PrivateBucketOutputs,
    secret: ThanosSecretOutputs,
    context: CompanionContext,
) -> None:
    ThanosReadPath(
        stack,
        "thanos",
        ThanosReadPathProps(
            cluster_name=stack.environment.cluster_name,
            oidc_issuer=roles.oidc_issuer,
            bucket=bucket,
            secret=secret,
            storage_class_name=stack.storage_class_name,
            settings=stack.settings.thanos,
            context=context,
        ),
    )
