"""The EBS CSI driver as an EKS add-on, with the IRSA role of its controller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct
from constructs.aws.irsa_role import IrsaRole, IrsaRoleProps, OidcIssuer, ServiceAccount
from constructs.aws.kms_key import KmsKey, KmsKeyProps, grant_volume_encryption
from constructs.cluster.eks_addon import EksAddon, EksAddonProps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable
    from pydantic import JsonValue

    from config.cluster.csi_addon import CsiAddonSettings
    from config.cluster.eks_addons import Addon
    from constructs.aws.account import Account

# The add-on's own name for its service account: https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html
CONTROLLER = ServiceAccount(namespace="kube-system", name="ebs-csi-controller-sa")

# Paths of the policies. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEBSCSIDriverPolicyV2.html
MANAGED_POLICIES = {
    "AmazonEBSCSIDriverPolicy": "service-role/AmazonEBSCSIDriverPolicy",
    "AmazonEBSCSIDriverPolicyV2": "AmazonEBSCSIDriverPolicyV2",
}


@dataclass(frozen=True, kw_only=True)
class EbsCsiDriverProps:
    """`volume_tags` go to every volume that the driver makes, which the provider's default tags do not reach."""

    cluster_name: str
    kubernetes_version: str
    oidc_issuer: OidcIssuer
    account: Account
    volume_tags: Mapping[str, str]
    settings: CsiAddonSettings


@dataclass(frozen=True, kw_only=True)
class EbsCsiDriverOutputs:
    """Role of the controller, key of the volumes (None: the AWS-managed one), and the add-on to wait for."""

    role_arn: str
    kms_key_arn: str | None
    addon: ITerraformDependable


class EbsCsiDriver(Construct):
    """The driver, permitted to make volumes and, with a customer's key, to encrypt them."""

    def __init__(self, scope: Construct, id_: str, props: EbsCsiDriverProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        kms_key_arn = self._find_key()
        role = IrsaRole(
            self,
            "role",
            IrsaRoleProps(
                name=props.settings.role_name or f"{props.cluster_name}-ebs-csi-driver",
                description=f"EBS CSI driver of {props.cluster_name}",
                oidc_issuer=props.oidc_issuer,
                service_account=CONTROLLER,
                managed_policy_arns={
                    "ebs-csi-driver": props.account.managed_policy_arn(MANAGED_POLICIES[props.settings.managed_policy])
                },
                policies={} if kms_key_arn is None else {"encrypt-volumes": grant_volume_encryption([kms_key_arn])},
            ),
        )
        addon = EksAddon(
            self,
            "addon",
            EksAddonProps(
                addon_name="aws-ebs-csi-driver",
                cluster_name=props.cluster_name,
                kubernetes_version=props.kubernetes_version,
                settings=self._tag_volumes(),
                service_account_role_arn=role.outputs.role_arn,
                # A controller without its policy leaves the add-on DEGRADED.
                depends_on=role.outputs.policies,
            ),
        )
        self.outputs = EbsCsiDriverOutputs(
            role_arn=role.outputs.role_arn, kms_key_arn=kms_key_arn, addon=addon.outputs.addon
        )

    def _find_key(self) -> str | None:
        if self.props.settings.kms_key == "aws-managed":
            return None
        if self.props.settings.kms_key != "customer-managed":
            return self.props.settings.kms_key
        key = KmsKey(
            self,
            "key",
            KmsKeyProps(
                alias=f"{self.props.cluster_name}-volumes",
                description=f"Encrypts persistent volumes of {self.props.cluster_name}",
                account=self.props.account,
            ),
        )
        return key.outputs.key_arn

    def _tag_volumes(self) -> Addon:
        addon = self.props.settings.addon
        controller: dict[str, JsonValue] = {"extraVolumeTags": dict(self.props.volume_tags)}
        given = addon.configuration.get("controller", {})
        if isinstance(given, dict):  # the settings refuse anything else
            controller |= given
        return addon.model_copy(update={"configuration": {**addon.configuration, "controller": controller}})
