"""The read path of Thanos: query, store gateway and compactor, each under an identity of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

from config import versions
from constructs import Construct
from constructs.aws.irsa_role import IrsaRole, IrsaRoleProps, ServiceAccount
from constructs.helm.helm_values import merged
from constructs.kubernetes.shapes import INSTANCE_LABEL, ZONE, confined_container, pull_secrets, role_annotation, spread
from constructs.monitoring.companion_release import CompanionRelease, CompanionReleaseProps
from constructs.monitoring.thanos.thanos_query import QUERY_PORT, THANOS_RELEASE
from constructs.monitoring.thanos.thanos_ruler import RULER_REPLICA_LABEL, RULER_SERVICE
from constructs.monitoring.thanos.thanos_secret import OBJECT_STORE_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.core.resources import Resources
    from config.monitoring.thanos.thanos import ThanosSettings
    from constructs.aws.iam_role import IamRoleOutputs, Statements
    from constructs.aws.irsa_role import OidcIssuer
    from constructs.aws.private_bucket import PrivateBucketOutputs
    from constructs.helm.helm_values import Values
    from constructs.monitoring.companion_release import CompanionContext
    from constructs.monitoring.thanos.object_store import StoreAccess
    from constructs.monitoring.thanos.thanos_secret import ThanosSecretOutputs

# Of the thanos image: https://github.com/thanos-io/thanos/blob/main/Dockerfile
THANOS_USER = 1001
# The operator names the replica of Prometheus in this external label.
REPLICA_LABEL = "prometheus_replica"
# Own rules say the same (values/rules/thanos.yaml).
REPLACED_ALERTS = (
    "ThanosCompactBucketHighOperationFailures",
    "ThanosCompactHalted",
    "ThanosCompactHasNotRun",
    "ThanosStoreBucketHighOperationFailures",
)
# The ruler is one of the Prometheus operator's, which reads rules as Prometheus gets them.
UNUSED_COMPONENTS = ("queryFrontend", "receive", "ruler")


@dataclass(frozen=True, kw_only=True)
class BucketRoles:
    """What the roles are made with: the bucket, their name's beginning, and what signs the service accounts' tokens."""

    cluster_name: str
    oidc_issuer: OidcIssuer
    bucket: PrivateBucketOutputs


@dataclass(frozen=True, kw_only=True)
class ThanosReadPathProps:
    """The secret that names the bucket, how pods get into it, and where volumes come from.

    `roles` is None for a store that has no IAM.
    """

    roles: BucketRoles | None
    secret: ThanosSecretOutputs
    access: StoreAccess
    storage_class_name: str | None
    settings: ThanosSettings
    context: CompanionContext


class ThanosReadPath(Construct):
    """The release of the Thanos community chart, with the IAM roles of what reads the bucket."""

    def __init__(self, scope: Construct, id_: str, props: ThanosReadPathProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        settings, roles = props.settings, {}
        if props.roles is not None:
            bucket = props.roles.bucket
            roles = {
                "storegateway": self._create_role("store", "storegateway", props.roles, grant_read(bucket)),
                "compactor": self._create_role("compactor", "compactor", props.roles, bucket.grant_read_write()),
            }
        CompanionRelease(
            self,
            "release",
            CompanionReleaseProps(
                name=THANOS_RELEASE,
                chart=versions.THANOS.at(settings.chart_repository, settings.chart_version),
                values=compose_thanos_values(props, {component: role.role_arn for component, role in roles.items()}),
                context=props.context,
                depends_on=(props.secret.secret, *(policy for role in roles.values() for policy in role.policies)),
            ),
        )

    def _create_role(self, name: str, component: str, roles: BucketRoles, statements: Statements) -> IamRoleOutputs:
        return IrsaRole(
            self,
            f"{name}-role",
            IrsaRoleProps(
                name=f"{roles.cluster_name}-thanos-{name}",
                description=f"Thanos {name} of {roles.cluster_name}",
                oidc_issuer=roles.oidc_issuer,
                service_account=service_account(component, self.props),
                policies={"thanos-bucket": statements},
            ),
        ).outputs


def service_account(component: str, props: ThanosReadPathProps) -> ServiceAccount:
    """Return the service account of a component; the chart gets the name and the role's trust policy the subject."""
    return ServiceAccount(namespace=props.context.namespace, name=f"{THANOS_RELEASE}-{component}")


def grant_read(bucket: PrivateBucketOutputs) -> Statements:
    """Permit what the store gateway does: https://thanos.io/tip/thanos/storage.md/#s3."""
    return [
        DataAwsIamPolicyDocumentStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn]),
        DataAwsIamPolicyDocumentStatement(actions=["s3:GetObject"], resources=[f"{bucket.bucket_arn}/*"]),
        *bucket.grant_key("kms:Decrypt"),
    ]


def compose_thanos_values(props: ThanosReadPathProps, role_arns: Mapping[str, str]) -> Values:
    """Return the values of the pinned chart: https://github.com/thanos-community/helm-charts/tree/main/charts/thanos.

    `role_arns` has the role of each component that has one.
    """
    return {
        "fullnameOverride": THANOS_RELEASE,
        "global": _global_values(props),
        "query": _query_values(props),
        "storegateway": _store_gateway_values(props, role_arns.get("storegateway")),
        "compactor": _compactor_values(props, role_arns.get("compactor")),
        "bucket": {"enabled": False},
        **{component: {"enabled": False} for component in UNUSED_COMPONENTS},
    }


def _global_values(props: ThanosReadPathProps) -> Values:
    context = props.context
    values: Values = {
        **context.placement.values(),
        "imagePullSecrets": pull_secrets(context.image_pull_secrets),
        "storageClass": props.storage_class_name,
        "objstore": {"createSecret": False, "secretName": props.secret.name, "secretKey": OBJECT_STORE_KEY},
        # Each component has its own.
        "serviceAccount": {"create": False, "automountServiceAccountToken": False},
        "serviceMonitor": {"enabled": True, "labels": context.monitor_labels()},
        "thanosRules": {"labels": context.monitor_labels(), "disabledAlerts": list(REPLACED_ALERTS)},
        "containerSecurityContext": {**confined_container(), "runAsNonRoot": True},
    }
    return values if context.image_registry is None else {**values, "image": {"registry": context.image_registry}}


def _query_values(props: ThanosReadPathProps) -> Values:
    settings, context = props.settings.query, props.context
    services, labels = [f"{context.stack_release_name}-thanos-discovery.{context.namespace}"], [REPLICA_LABEL]
    if props.settings.ruler.enabled:
        # What its recording rules make.
        services.append(f"{RULER_SERVICE}.{context.namespace}")
        labels.append(RULER_REPLICA_LABEL)
    return merged(
        _component_values("query", props, settings.resources),
        _replica_values("query", settings.replicas),
        {
            "service": {"httpPort": QUERY_PORT},
            "endpoints": {"static": [*(f"dnssrv+_grpc._tcp.{service}.svc.cluster.local" for service in services)]},
            "replicaLabels": [*labels],
            # Without it only raw samples are read, and what was downsampled would never be seen.
            "extraArgs": ["--query.auto-downsampling"],
        },
    )


def _store_gateway_values(props: ThanosReadPathProps, role_arn: str | None) -> Values:
    settings = props.settings.store_gateway
    return merged(
        _component_values("storegateway", props, settings.resources, role_arn),
        _access_values(props.access),
        _replica_values("storegateway", settings.replicas),
        {"persistence": {"enabled": True, "size": f"{settings.volume_gib}Gi"}},
    )


def _compactor_values(props: ThanosReadPathProps, role_arn: str | None) -> Values:
    settings = props.settings.compactor
    return merged(
        _component_values("compactor", props, settings.resources, role_arn),
        _access_values(props.access),
        {
            "replicaCount": 1,
            "persistence": {"enabled": True, "size": f"{settings.volume_gib}Gi"},
            "retention": {
                "resolutionRaw": settings.retention.resolution_raw,
                "resolution5m": settings.retention.resolution_5m,
                "resolution1h": settings.retention.resolution_1h,
            },
            # It would change the resources that are set here.
            "vpa": {"enabled": False},
        },
    )


def _component_values(
    component: str, props: ThanosReadPathProps, resources: Resources, role_arn: str | None = None
) -> Values:
    # Not global.commonLabels: they are in the volume claim templates too, which Kubernetes lets nobody change.
    labels: Values = dict(props.context.labels)
    return {
        "enabled": True,
        "labels": labels,
        "podLabels": labels,
        "resources": resources.model_dump(mode="json", exclude_none=True),
        "podSecurityContext": {
            "fsGroup": THANOS_USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "runAsGroup": THANOS_USER,
            "runAsNonRoot": True,
            "runAsUser": THANOS_USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceAccount": {
            "create": True,
            "name": service_account(component, props).name,
            "annotations": {},
            **role_annotation(role_arn),
        },
    }


def _access_values(access: StoreAccess) -> Values:
    parts = {"extraEnv": access.variables, "extraVolumes": access.volumes, "extraVolumeMounts": access.mounts}
    return {key: [*items] for key, items in parts.items() if items}


def _replica_values(component: str, replicas: int) -> Values:
    """Spread replicas over zones, and let a drain take one at a time; a budget for one replica would block it."""
    values: Values = {"replicaCount": replicas}
    if replicas == 1:
        return values
    constraint = spread(ZONE, {"app.kubernetes.io/component": component, INSTANCE_LABEL: THANOS_RELEASE})
    return {
        **values,
        "pdb": {"enabled": True, "maxUnavailable": 1},
        "topologySpreadConstraints": [constraint],
    }
