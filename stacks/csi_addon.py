"""The csi-addon stack: the EBS CSI driver, which Auto Mode has itself, and the StorageClass of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.cluster.auto_mode import STORAGE_PROVISIONER
from constructs.cluster.ebs_csi_driver import EbsCsiDriver, EbsCsiDriverProps
from constructs.cluster.storage_class import StorageClass, StorageClassProps
from stacks.base import AwsStack
from stacks.cluster_reference import refer_to_eks
from stacks.outputs import CsiAddonOutputs

if TYPE_CHECKING:
    from config.environment import Environment
    from constructs import Construct
    from constructs.cluster.ebs_csi_driver import EbsCsiDriverOutputs
    from stacks.cluster_reference import EksReference, EksSource


class CsiAddonStack(AwsStack):
    """`<environment>-csi-addon`."""

    NAME = CsiAddonOutputs.PRODUCER

    def __init__(self, scope: Construct, environment: Environment, *, cluster: EksSource) -> None:
        super().__init__(scope, environment, region=cluster.region)
        reference = refer_to_eks(self, cluster)
        reference.login.add_kubernetes_provider()
        driver = None if environment.cluster.has_only_auto_nodes else self._create_driver(reference)
        storage_class = StorageClass(self, "storage-class", self._describe_class(driver))
        CsiAddonOutputs(
            storage_class_name=storage_class.outputs.name,
            ebs_csi_driver_role_arn="" if driver is None else driver.role_arn,
        ).publish(self)

    def _create_driver(self, reference: EksReference) -> EbsCsiDriverOutputs:
        environment = self.environment
        driver = EbsCsiDriver(
            self,
            "ebs-csi-driver",
            EbsCsiDriverProps(
                cluster_name=environment.cluster_name,
                kubernetes_version=reference.version,
                oidc_issuer=reference.oidc_issuer,
                account=self.account,
                volume_tags=environment.default_tags,
                settings=environment.csi_addon,
            ),
        )
        return driver.outputs

    def _describe_class(self, driver: EbsCsiDriverOutputs | None) -> StorageClassProps:
        settings = self.environment.csi_addon.storage_class
        if driver is None:
            return StorageClassProps(kms_key_arn=None, driver=None, provisioner=STORAGE_PROVISIONER, settings=settings)
        return StorageClassProps(kms_key_arn=driver.kms_key_arn, driver=driver.addon, settings=settings)
