"""The gp3 StorageClass of the EBS CSI driver: encrypted, expandable, bound when the first pod is scheduled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import DataResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_kubernetes.storage_class_v1 import StorageClassV1, StorageClassV1Metadata

from constructs import Construct

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.cluster.csi_addon import StorageClassSettings


@dataclass(frozen=True, kw_only=True)
class StorageClassProps:
    """`kms_key_arn` None stands for the AWS-managed key; `driver` serves the class, None: the cluster itself does."""

    kms_key_arn: str | None
    driver: ITerraformDependable | None
    provisioner: str = "ebs.csi.aws.com"
    settings: StorageClassSettings


@dataclass(frozen=True, kw_only=True)
class StorageClassOutputs:
    """Name of the StorageClass."""

    name: str


class StorageClass(Construct):
    """A StorageClass for volumes on EBS.

    Parameters: https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md
    """

    def __init__(self, scope: Construct, id_: str, props: StorageClassProps) -> None:
        super().__init__(scope, id_)
        settings = props.settings
        parameters = {
            "type": "gp3",
            "encrypted": "true",
            "kmsKeyId": props.kms_key_arn,
            "iops": None if settings.iops is None else str(settings.iops),
            "throughput": None if settings.throughput_mib is None else str(settings.throughput_mib),
        }
        # Kubernetes changes no reclaim policy, and the provider reports one as changed anyway: another one makes
        # another class. https://kubernetes.io/docs/concepts/storage/storage-classes/
        lasting = DataResource(self, "lasting", input={"reclaim_policy": settings.reclaim_policy})
        storage_class = StorageClassV1(
            self,
            "this",
            metadata=StorageClassV1Metadata(
                name=settings.name,
                annotations={"storageclass.kubernetes.io/is-default-class": "true"} if settings.is_default else None,
            ),
            storage_provisioner=props.provisioner,
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            reclaim_policy=settings.reclaim_policy,
            parameters={key: value for key, value in parameters.items() if value is not None},
            depends_on=None if props.driver is None else [props.driver],
            lifecycle=TerraformResourceLifecycle(
                replace_triggered_by=[f"{lasting.terraform_resource_type}.{lasting.friendly_unique_id}"]
            ),
        )
        self.outputs = StorageClassOutputs(name=storage_class.metadata.name)
