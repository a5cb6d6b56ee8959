"""Velero, which backs up the cluster's objects to a bucket of its own, and may take snapshots of the volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
)

from config import versions
from constructs.addons.addon_release import NOBODY, AddonConstruct, AddonProps
from constructs.aws.kms_key import grant_volume_encryption
from constructs.aws.private_bucket import PrivateBucket, PrivateBucketProps
from constructs.aws.statements import allow, condition, equals
from constructs.kubernetes.shapes import restricted_container

if TYPE_CHECKING:
    from config.addons.velero import BackupSchedule, VeleroSettings
    from constructs import Construct
    from constructs.addons.addon_release import AddonAws
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements
    from constructs.aws.private_bucket import PrivateBucketOutputs
    from constructs.helm.helm_values import Values

# Which have no narrower resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
UNSCOPED_ACTIONS = ("ec2:DescribeSnapshots", "ec2:DescribeVolumes")
# Velero gives it to every snapshot, and copies it to the volumes that it restores.
BACKUP_TAG = "velero.io/backup"
LOCATION = "default"


class Velero(AddonConstruct):
    """The bucket, the release in its namespace, and a role that permits this bucket and no other."""

    def __init__(self, scope: Construct, id_: str, props: AddonProps[VeleroSettings], aws: AddonAws) -> None:
        super().__init__(scope, id_)
        account = aws.find_account()
        bucket = self._create_bucket(props, account)
        namespace = props.create_namespace(self)
        policies = {"back-up": grant_backups(bucket)}
        if props.settings.volume_snapshots:
            policies["snapshots"] = grant_snapshots(account)
        if props.settings.volume_kms_key_arns:
            policies["encrypt-volumes"] = grant_volume_encryption(list(props.settings.volume_kms_key_arns))
        identity = props.create_identity(self, aws, policies)
        values = _values(props, bucket, account.region, identity.service_account)
        self.release = props.create_release(self, values, depends_on=[namespace, *identity.depends_on])

    def _create_bucket(self, props: AddonProps[VeleroSettings], account: Account) -> PrivateBucketOutputs:
        bucket = PrivateBucketProps(
            cluster_name=props.context.cluster_name,
            account=account,
            purpose="velero",
            contents="Velero backups",
            bucket_name=props.settings.bucket_name,
            not_replicated_because="backups are restored into the region of the cluster, where the snapshots are too",
            without_events_because="Velero lists the bucket itself; nothing would receive the events",
        )
        return PrivateBucket(self, "bucket", bucket).outputs


def grant_backups(bucket: PrivateBucketOutputs) -> Statements:
    """Permit the objects of this bucket, in parts where they are large.

    https://github.com/vmware-tanzu/velero-plugin-for-aws#set-permissions-for-velero
    """
    return [
        *bucket.grant_read_write(),
        DataAwsIamPolicyDocumentStatement(
            actions=["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], resources=[f"{bucket.bucket_arn}/*"]
        ),
    ]


def grant_snapshots(account: Account) -> Statements:
    """Permit snapshots of volumes of the EBS CSI driver, and volumes from Velero's own snapshots."""
    volumes = account.arn("ec2", "volume/*", region=account.region)
    snapshots = f"arn:{account.partition}:ec2:{account.region}::snapshot/*"
    of_csi_driver = equals("aws:ResourceTag/ebs.csi.aws.com/cluster", "true")
    of_velero = condition("StringLike", f"aws:ResourceTag/{BACKUP_TAG}", "*")
    for_velero = condition("StringLike", f"aws:RequestTag/{BACKUP_TAG}", "*")
    return [
        allow(UNSCOPED_ACTIONS, ["*"]),
        allow(["ec2:CreateSnapshot"], [volumes], of_csi_driver),
        allow(["ec2:CreateSnapshot"], [snapshots], for_velero),
        allow(["ec2:DeleteSnapshot"], [snapshots], of_velero),
        allow(["ec2:CreateVolume"], [snapshots], of_velero),
        allow(["ec2:CreateVolume"], [volumes], for_velero),
        allow(
            ["ec2:CreateTags"],
            [snapshots, volumes],
            equals("ec2:CreateAction", "CreateSnapshot", "CreateVolume"),
        ),
    ]


def _values(
    props: AddonProps[VeleroSettings], bucket: PrivateBucketOutputs, region: str, service_account: Values
) -> Values:
    """Return the values of the chart."""
    settings, context = props.settings, props.context
    location: Values = {"name": LOCATION, "provider": "aws", "config": {"region": region}}
    resources = settings.resources.values()
    return {
        **context.placement.values(),
        "fullnameOverride": props.service_account.name,
        "labels": dict(context.labels),
        "podLabels": dict(context.labels),
        "configuration": {
            "backupStorageLocation": [{**location, "bucket": bucket.bucket_name, "default": True}],
            "volumeSnapshotLocation": [location],
        },
        "snapshotsEnabled": settings.volume_snapshots,
        # The role gives credentials, no secret does.
        "credentials": {"useSecret": False},
        "image": {**context.repository("velero/velero"), "imagePullSecrets": list(context.image_pull_secrets)},
        "initContainers": [
            {
                "name": "plugin-for-aws",
                "image": versions.VELERO_PLUGIN_FOR_AWS.reference(context.image_registry),
                "volumeMounts": [{"name": "plugins", "mountPath": "/target"}],
                "resources": resources,
                "securityContext": restricted_container(NOBODY),
            }
        ],
        "podSecurityContext": {"fsGroup": NOBODY, "seccompProfile": {"type": "RuntimeDefault"}},
        "containerSecurityContext": restricted_container(NOBODY),
        "resources": resources,
        "upgradeJobResources": resources,
        "schedules": {
            name: _schedule(schedule, snapshot_volumes=settings.volume_snapshots)
            for name, schedule in settings.schedules.items()
        },
        "serviceAccount": {"server": service_account},
    }


def _schedule(schedule: BackupSchedule, *, snapshot_volumes: bool) -> Values:
    return {
        "schedule": schedule.cron,
        "template": {
            "storageLocation": LOCATION,
            "ttl": f"{schedule.keep_days * 24}h0m0s",
            "snapshotVolumes": snapshot_volumes,
            "includedNamespaces": list(schedule.included_namespaces) or ["*"],
            "excludedNamespaces": list(schedule.excluded_namespaces),
        },
    }
