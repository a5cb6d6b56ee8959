"""An EKS add-on at a pinned or a resolved version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_eks_addon_version import DataAwsEksAddonVersion
from cdktf_cdktf_provider_aws.eks_addon import EksAddon as AwsEksAddon

from config.core.files.json_text import json_for_yaml
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable

    from config.cluster.eks_addons import Addon


@dataclass(frozen=True, kw_only=True)
class EksAddonProps:
    """What the add-on is made of.

    `addon_name` is EKS' name, e.g. vpc-cni; it waits for what it `depends_on`; `preserve`: without the
    add-on what runs of it stays in the cluster.
    """

    addon_name: str
    cluster_name: str
    kubernetes_version: str
    settings: Addon
    service_account_role_arn: str | None = None
    preserve: bool = False
    resolve_conflicts_on_update: str = "PRESERVE"
    depends_on: Sequence[ITerraformDependable] = ()


@dataclass(frozen=True, kw_only=True)
class EksAddonOutputs:
    """The add-on, for what must wait for it."""

    addon: ITerraformDependable


class EksAddon(Construct):
    """An add-on that takes over what an earlier installation left, and keeps what others changed since."""

    def __init__(self, scope: Construct, id_: str, props: EksAddonProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        addon = AwsEksAddon(
            self,
            "this",
            addon_name=props.addon_name,
            cluster_name=props.cluster_name,
            addon_version=self._version(),
            # Sorted, so that the order of the YAML is no change to the add-on.
            configuration_values=json_for_yaml(props.settings.configuration) if props.settings.configuration else None,
            service_account_role_arn=props.service_account_role_arn,
            preserve=self.props.preserve or None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update=props.resolve_conflicts_on_update,
            depends_on=list(props.depends_on) or None,
        )
        self.outputs = EksAddonOutputs(addon=addon)

    def _version(self) -> str:
        wanted = self.props.settings.version
        if wanted not in ("default", "latest"):
            return wanted
        resolved = DataAwsEksAddonVersion(
            self,
            "version",
            addon_name=self.props.addon_name,
            kubernetes_version=self.props.kubernetes_version,
            most_recent=wanted == "latest",
        )
        return resolved.version
