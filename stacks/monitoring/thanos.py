"""Long-term storage by Thanos: bucket, secret, sidecar, the read path over the bucket, and the ruler over that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs.monitoring.contribution import Contribution
from constructs.monitoring.thanos.object_store import StoreAccess, access_to, aws_store, own_store
from constructs.monitoring.thanos.thanos_query import thanos_data_source
from constructs.monitoring.thanos.thanos_read_path import BucketRoles, ThanosReadPath, ThanosReadPathProps
from constructs.monitoring.thanos.thanos_ruler import ThanosRulerProps, thanos_ruler_values, thanos_rules
from constructs.monitoring.thanos.thanos_secret import ThanosSecret, ThanosSecretProps
from constructs.monitoring.thanos.thanos_sidecar import sidecar_values
from constructs.monitoring.values.values_props import ServiceAccounts

if TYPE_CHECKING:
    from constructs.aws.iam_role import IamRoleOutputs
    from constructs.aws.private_bucket import PrivateBucketOutputs
    from constructs.helm.helm_values import Values
    from constructs.monitoring.companion_release import CompanionContext
    from constructs.monitoring.thanos.thanos_secret import ThanosSecretOutputs
    from stacks.cluster_reference import PodRoles
    from stacks.monitoring.base import MonitoringStack


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where blocks are kept: the configuration, the roles of a bucket of AWS, and what else gets pods into it."""

    config: Values
    roles: BucketRoles | None
    access: StoreAccess


def contribute_thanos(stack: MonitoringStack) -> Contribution:
    """Add the sidecar, the read path unless it is off, and the ruler where it is on."""
    settings = stack.settings.thanos
    store = _store(stack) if settings.enabled else None
    if store is None:
        return Contribution()
    secret = ThanosSecret(
        stack, "thanos-secret", ThanosSecretProps(namespace=stack.namespace, config=store.config)
    ).outputs
    ruler_role = _create_ruler_role(stack, store.roles) if settings.ruler.enabled else None
    ruler = _ruler_props(stack, store, secret, ruler_role) if settings.ruler.enabled else None
    has_read_path = settings.has_read_path
    return Contribution(
        prometheus_policies={} if store.roles is None else {"thanos-bucket": store.roles.bucket.grant_read_write()},
        data_sources=(thanos_data_source(stack.settings.namespace),) if has_read_path else (),
        manifests=() if ruler is None else tuple(thanos_rules(ruler)),
        values=(sidecar_values(secret.name, store.access), {} if ruler is None else thanos_ruler_values(ruler)),
        depends_on=(secret.secret, *(() if ruler_role is None else ruler_role.policies)),
        companions=(lambda context: _create_read_path(stack, store, secret, context),) if has_read_path else (),
    )


def _store(stack: MonitoringStack) -> Store | None:
    """Return where blocks are kept; None where a bucket of AWS is asked for without roles, which settings refuse."""
    settings, roles = stack.settings.thanos, stack.pod_roles
    if settings.object_store is not None:
        return Store(config=own_store(settings.object_store), roles=None, access=access_to(settings.object_store))
    if roles is None:
        return None
    existing, bucket = settings.existing_bucket, _create_bucket(stack, roles)
    encryption = None if existing is None else existing.encryption
    return Store(
        config=aws_store(bucket.bucket_name, roles.account, encryption, bucket.kms_key_arn),
        roles=BucketRoles(cluster_name=stack.environment.cluster_name, oidc_issuer=roles.oidc_issuer, bucket=bucket),
        access=access_to(existing),
    )


def _create_bucket(stack: MonitoringStack, roles: PodRoles) -> PrivateBucketOutputs:
    from constructs.aws.private_bucket import PrivateBucket, PrivateBucketOutputs, PrivateBucketProps

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


def _create_ruler_role(stack: MonitoringStack, roles: BucketRoles | None) -> IamRoleOutputs | None:
    """Create the role by which the ruler uploads what its recording rules make."""
    if roles is None:
        return None
    from constructs.aws.irsa_role import IrsaRole, IrsaRoleProps

    props = IrsaRoleProps(
        name=f"{roles.cluster_name}-thanos-ruler",
        description=f"Thanos ruler of {roles.cluster_name}",
        oidc_issuer=roles.oidc_issuer,
        service_account=ServiceAccounts(stack.settings).thanos_ruler,
        policies={"thanos-bucket": roles.bucket.grant_read_write()},
    )
    return IrsaRole(stack, "thanos-ruler-role", props).outputs


def _ruler_props(
    stack: MonitoringStack, store: Store, secret: ThanosSecretOutputs, role: IamRoleOutputs | None
) -> ThanosRulerProps:
    return ThanosRulerProps(
        cluster_name=stack.environment.cluster_name,
        labels=stack.environment.labels,
        storage_class_name=stack.storage_class_name,
        service_account=ServiceAccounts(stack.settings).thanos_ruler.name,
        role_arn=None if role is None else role.role_arn,
        secret_name=secret.name,
        access=store.access,
        settings=stack.settings,
    )


def _create_read_path(
    stack: MonitoringStack, store: Store, secret: ThanosSecretOutputs, context: CompanionContext
) -> None:
    ThanosReadPath(
        stack,
        "thanos",
        ThanosReadPathProps(
            roles=store.roles,
            secret=secret,
            access=store.access,
            storage_class_name=stack.storage_class_name,
            settings=stack.settings.thanos,
            context=context,
        ),
    )
