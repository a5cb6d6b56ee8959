"""A managed node group, on a launch template by default: IMDSv2 only, encrypted gp3 root volume.

EKS changes neither the instance types of a node group nor its capacity type, images or subnets. Another group with
the new ones is made first; then EKS drains the nodes of the old one and deletes it. Both exist at the same time, so
that the name of a group ends with a hash of what it cannot change. A group that exists keeps the name that it has.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.eks_node_group import (
    EksNodeGroup,
    EksNodeGroupLaunchTemplate,
    EksNodeGroupScalingConfig,
    EksNodeGroupTaint,
    EksNodeGroupUpdateConfig,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateMetadataOptions,
    LaunchTemplateTagSpecifications,
)

from config.core import aws
from constructs import Construct
from constructs.cluster.node_user_data import user_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import ITerraformDependable

    from config.cluster.node_groups import NodeGroup as NodeGroupSettings


HASH_LENGTH = 8


@dataclass(frozen=True, kw_only=True)
class NodeGroupProps:
    """What the node group is made of.

    `tags` go to instances and volumes, which the provider's default tags do not reach; `node_role_name` is part of what
    replaces the group.
    """

    name: str
    cluster_name: str
    kubernetes_version: str
    node_role_name: str
    node_role_arn: str
    subnet_ids: list[str]
    tags: Mapping[str, str]
    settings: NodeGroupSettings
    depends_on: Sequence[ITerraformDependable]


@dataclass(frozen=True, kw_only=True)
class NodeGroupOutputs:
    """The node group, for what must wait for it."""

    node_group: ITerraformDependable


class NodeGroup(Construct):
    """Nodes of one kind."""

    def __init__(self, scope: Construct, id_: str, props: NodeGroupProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        template = self._create_launch_template() if props.settings.launch_template else None
        self.outputs = NodeGroupOutputs(node_group=self._create_node_group(template))

    def _create_launch_template(self) -> LaunchTemplate:
        name = f"{self.props.cluster_name}-{self.props.name}"
        return LaunchTemplate(
            self,
            "launch-template",
            name=name,
            description=f"Nodes of node group {self.props.name}",
            update_default_version=True,
            block_device_mappings=_volumes(self.props.settings),
            user_data=user_data(self.props.settings),
            # One hop: pods without host networking reach no instance credentials.
            metadata_options=LaunchTemplateMetadataOptions(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            tag_specifications=[
                LaunchTemplateTagSpecifications(resource_type=kind, tags={**self.props.tags, "Name": name})
                for kind in ("instance", "network-interface", "volume")
            ],
        )

    def _create_node_group(self, template: LaunchTemplate | None) -> EksNodeGroup:
        settings = self.props.settings
        return EksNodeGroup(
            self,
            "this",
            cluster_name=self.props.cluster_name,
            node_group_name=self._physical_name(),
            node_role_arn=self.props.node_role_arn,
            subnet_ids=self.props.subnet_ids,
            version=self.props.kubernetes_version,
            release_version=self._release_version(),
            force_update_version=settings.force_update_version or None,
            ami_type=settings.ami_type,
            capacity_type=settings.capacity_type,
            instance_types=list(settings.instance_types),
            labels=settings.labels,
            disk_size=settings.disk_size_gib if template is None else None,
            launch_template=None if template is None else _newest(template),
            scaling_config=EksNodeGroupScalingConfig(
                min_size=settings.min_size, desired_size=settings.desired_size, max_size=settings.max_size
            ),
            taint=[
                EksNodeGroupTaint(key=taint.key, value=taint.value or None, effect=taint.effect)
                for taint in settings.taints
            ],
            update_config=EksNodeGroupUpdateConfig(
                max_unavailable=settings.update_config.max_unavailable,
                max_unavailable_percentage=settings.update_config.max_unavailable_percentage,
            ),
            depends_on=list(self.props.depends_on),
            lifecycle=_lifecycle(settings),
        )

    def _release_version(self) -> str | None:
        """Return the release that the settings pin, or the newest one of the image family, which AWS publishes."""
        settings = self.props.settings
        if settings.release_version != "latest":
            return settings.release_version
        name = f"/aws/service/{release_parameter(settings.ami_type, self.props.kubernetes_version)}"
        return DataAwsSsmParameter(self, "newest-release", name=name).insecure_value

    def _physical_name(self) -> str:
        settings = self.props.settings
        lasting = {
            "ami_type": settings.ami_type,
            "capacity_type": settings.capacity_type,
            "disk_size_gib": None if settings.launch_template else settings.disk_size_gib,
            "instance_types": settings.instance_types,
            "launch_template": settings.launch_template,
            "node_role": self.props.node_role_name,
            "zones": sorted(settings.zones),
        }
        digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:HASH_LENGTH]
        longest = aws.EKS_NODE_GROUP_NAME_MAX_LENGTH - HASH_LENGTH - 1
        return f"{self.props.name[:longest]}-{digest}"


def release_parameter(ami_type: str, version: str) -> str:
    """Return the name of the public parameter that has the newest release of an image family, below /aws/service/.

    https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
    https://bottlerocket.dev/en/os/latest/install/quickstart/aws/
    """
    family, _, rest = ami_type.partition("_")
    architecture = "arm64" if "ARM_64" in ami_type else "x86_64"
    variant = rest.removeprefix("ARM_64").removeprefix("x86_64").removeprefix("_").lower().replace("_", "-")
    if family == "BOTTLEROCKET":
        name = "-".join(filter(None, ("aws-k8s", version, variant)))
        return f"bottlerocket/{name}/{architecture}/latest/image_version"
    if family == "AL2023":
        image = f"amazon-linux-2023/{architecture}/{variant}"
    else:
        image = "-".join(filter(None, ("amazon-linux-2", "arm64" if architecture == "arm64" else "", variant)))
    return f"eks/optimized-ami/{version}/{image}/recommended/release_version"


def _newest(template: LaunchTemplate) -> EksNodeGroupLaunchTemplate:
    return EksNodeGroupLaunchTemplate(id=template.id, version=Token.as_string(template.latest_version))


def _volumes(settings: NodeGroupSettings) -> list[LaunchTemplateBlockDeviceMappings]:
    """Return the volumes of a node: of Bottlerocket one for the system and one for images and containers.

    https://bottlerocket.dev/en/os/latest/concepts/storage/
    """
    if settings.ami_type.startswith("BOTTLEROCKET"):
        return [_system_volume(settings), _data_volume(settings, "/dev/xvdb")]
    return [_data_volume(settings, "/dev/xvda")]


def _system_volume(settings: NodeGroupSettings) -> LaunchTemplateBlockDeviceMappings:
    """Return the volume of the image's own size."""
    return LaunchTemplateBlockDeviceMappings(
        device_name="/dev/xvda",
        ebs=LaunchTemplateBlockDeviceMappingsEbs(
            volume_type="gp3",
            encrypted="true",
            kms_key_id=settings.volume_kms_key_arn,
            delete_on_termination="true",
        ),
    )


def _data_volume(settings: NodeGroupSettings, device: str) -> LaunchTemplateBlockDeviceMappings:
    return LaunchTemplateBlockDeviceMappings(
        device_name=device,
        ebs=LaunchTemplateBlockDeviceMappingsEbs(
            volume_type="gp3",
            volume_size=settings.disk_size_gib,
            iops=settings.volume_iops,
            throughput=settings.volume_throughput_mib,
            encrypted="true",
            kms_key_id=settings.volume_kms_key_arn,
            delete_on_termination="true",
        ),
    )


def _lifecycle(settings: NodeGroupSettings) -> TerraformResourceLifecycle:
    """Keep what counts at creation only; what is ignored takes its value from the settings when the group is replaced.

    https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes
    """
    ignored = ["node_group_name"]
    if settings.desired_size_managed_by == "autoscaler":
        ignored.append("scaling_config[0].desired_size")
    if not settings.zones:
        ignored.append("subnet_ids")
    return TerraformResourceLifecycle(create_before_destroy=True, ignore_changes=ignored)
