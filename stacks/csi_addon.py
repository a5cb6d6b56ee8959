"""The csi-addon stack: the EBS CSI driver and the StorageClass of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.cluster.ebs_csi_driver import EbsCsiDriver, EbsCsiDriverProps
from constructs.cluster.storage_class import StorageClass, StorageClassProps
from stacks.base import AwsStack
from stacks.cluster_reference import refer_to_eks
from stacks.outputs import CsiAddonOutputs

if TYPE_CHECKING:
    from config.environment import Environment
    from constructs import Construct
    from stacks.cluster_reference import EksSource


class CsiAddonStack(AwsStack):
    """`<environment>-csi-addon`."""

    NAME = CsiAddonOutputs.PRODUCER

    def __init__(self, scope: Construct, environment: Environment, *, cluster: EksSource) -> None:
        super().__init__(scope, environment, region=cluster.region)
        settings = environment.csi_addon
        reference = refer_to_eks(self, cluster)
        reference.login.add_kubernetes_provider()
        driver = EbsCsiDriver(
            self,
            "ebs-csi-driver",
            EbsCsiDriverProps(
                cluster_name=environment.cluster_name,
                kubernetes_version=reference.version,
                oidc_issuer=reference.oidc_issuer,
                account=self.account,
                volume_tags=environment.default_tags,
                settings=settings,
            ),
        )
        storage_class = StorageClass(
            self,
            "storage-class",
            StorageClassProps(
                kms_key_arn=driver.outputs.kms_key_arn,
                driver=driver.outputs.addon,
                settings=settings.storage_class,
            ),
        )
        CsiAddonOutputs(
            storage_class_name=storage_class.outputs.name,
            ebs_csi_driver_role_arn=driver.outputs.role_arn,
        ).publish(self)
