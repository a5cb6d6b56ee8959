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


def _newest(template: LaunchTemplate) -> EksNodeGroupLaunchTemplate:
    return EksNodeGroupLaunchTemplate(id=template.id, version=Token.as_string(template.latest_version))


def _volumes(settings: NodeGroupSettings) -> list[LaunchTemplateBlockDeviceMappings]:
    """Return the volumes of a node: of Bottlerocket one for the system and one for images and containers.

    https://bottlerocket.dev/en/os/latest/concepts/storage/
    """
    if settings.ami_type.startswith("BOTTLEROCKET"):
        return [_volume("/dev/xvda", None), _volume("/dev/xvdb", settings.disk_size_gib)]
    return [_volume("/dev/xvda", settings.disk_size_gib)]


def _volume(device: str, size_gib: int | None) -> LaunchTemplateBlockDeviceMappings:
    """Return an encrypted gp3 volume; without a size it has that of the image."""
    return LaunchTemplateBlockDeviceMappings(
        device_name=device,
        ebs=LaunchTemplateBlockDeviceMappingsEbs(
            volume_type="gp3", volume_size=size_gib, encrypted="true", delete_on_termination="true"
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
