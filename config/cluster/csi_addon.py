"""Settings of the csi-addon stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from config.cluster.eks_addons import Addon
from config.core import aws
from config.core.settings import Problem, Settings
from config.core.types import KMS_KEY_ARN_PATTERN, KubernetesName, RoleName, text

if TYPE_CHECKING:
    from collections.abc import Iterator


VolumeKey = Annotated[
    str,
    *text(
        rf"aws-managed|customer-managed|{KMS_KEY_ARN_PATTERN}",
        "aws-managed, customer-managed or the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID)",
    ),
]


class StorageClassSettings(Settings):
    """The gp3 StorageClass: encrypted, expandable, bound when the first pod is scheduled."""

    name: KubernetesName = Field(default="gp3", description="Name of the StorageClass. Default: gp3.")
    is_default: bool = Field(default=True, description="Serve claims that name no class. Default: true.")
    reclaim_policy: Literal["Delete", "Retain"] = Field(
        default="Delete", description="What happens to a volume when its claim is deleted. Default: Delete."
    )
    iops: Annotated[int, Field(ge=aws.GP3_IOPS[0], le=aws.GP3_IOPS[1])] | None = Field(
        default=None, description="Provisioned IOPS, 3000 to 80000. Default: 3000, which are free."
    )
    throughput_mib: Annotated[int, Field(ge=aws.GP3_THROUGHPUT_MIB[0], le=aws.GP3_THROUGHPUT_MIB[1])] | None = Field(
        default=None, description="Throughput in MiB/s, 125 to 2000. Default: 125, which are free."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield a throughput that EBS refuses: at most 0.25 MiB/s per provisioned IOPS."""
        iops = self.iops or aws.GP3_IOPS[0]
        if self.throughput_mib is not None and self.throughput_mib > iops * 0.25:
            yield Problem(
                ("throughput_mib",),
                f"{self.throughput_mib} needs at least {self.throughput_mib * 4} iops, {iops} are set",
            )


class CsiAddonSettings(Settings):
    """EBS CSI driver as an EKS add-on, with its IRSA role and a StorageClass."""

    enabled: bool | None = Field(
        default=None,
        description="Make the csi-addon stack. Default: true for a cluster of the environment's own, else false.",
    )
    addon: Addon = Field(default=Addon(), description="The aws-ebs-csi-driver add-on. Default: version default.")
    role_name: RoleName | None = Field(
        default=None, description="Name of the driver's IAM role. Default: <cluster>-ebs-csi-driver."
    )
    managed_policy: Literal["AmazonEBSCSIDriverPolicyV2", "AmazonEBSCSIDriverPolicy"] = Field(
        default="AmazonEBSCSIDriverPolicyV2",
        description="Policy of AWS on the driver's role. `AmazonEBSCSIDriverPolicyV2` permits volumes and snapshots "
        "with the tag `ebs.csi.aws.com/cluster: true`, which the driver gives, and those of the in-tree plugin; "
        "`AmazonEBSCSIDriverPolicy` also volumes that were made by hand, without the tag. A role that exists gets the "
        "new policy before it loses the former one. Default: AmazonEBSCSIDriverPolicyV2.",
    )
    kms_key: VolumeKey = Field(
        default="aws-managed",
        description="Key of the volumes: `aws-managed` (aws/ebs), `customer-managed` (an own key, rotated every year) "
        "or the ARN of a key. Default: aws-managed.",
    )
    storage_class: StorageClassSettings = Field(default=StorageClassSettings(), description="The gp3 StorageClass.")

    def problems(self) -> Iterator[Problem]:
        """Yield a configuration that cannot take the tags of the volumes."""
        if not isinstance(self.addon.configuration.get("controller", {}), dict):
            yield Problem(("addon", "configuration", "controller"), "is not a mapping")
