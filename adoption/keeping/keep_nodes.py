"""The settings that keep node groups as they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from adoption.keeping.keep import is_of
from adoption.reading.objects import first

if TYPE_CHECKING:
    from adoption.keeping.keep import Existing
    from adoption.reading.state_model import StateObject

# What EKS takes without disk_size: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
USUAL_DISK_GIB: Final = 20
AS_THE_GROUP: Final = "As the node group is."
FOR_NODES: Final = "As the nodes are; changing it replaces the node group."
BY_ANOTHER_GROUP: Final = "Later: add a second node group with it, drain this one; changing it here replaces the group."


def keep_nodes(existing: Existing, cluster: StateObject) -> None:
    """Keep the role, sizes, labels, taints and machines of every node group."""
    groups = [one for one in existing.all("aws_eks_node_group") if is_of(one, cluster)]
    roles = Counter(one.attributes["node_role_arn"] for one in groups if one.attributes["node_role_arn"])
    if roles:
        usual = f"{existing.environment.cluster_name}-eks-nodes"
        comment = "The role's name; another role replaces every node group."
        # Overrides keep the roles of the other groups.
        existing.keep_name("cluster.node_role_name", roles.most_common(1)[0][0], usual, comment)
    for group in groups:
        if group.attributes["node_group_name"]:
            _keep_group(existing, group)
    _drop_other_groups(existing, groups)


def _drop_other_groups(existing: Existing, groups: list[StateObject]) -> None:
    """Report which groups of the settings do not exist: they would be new nodes in addition to those that run."""
    there = {group.attributes["node_group_name"] for group in groups}
    for name in existing.environment.cluster.node_groups:
        if name not in there:
            existing.kept.notes.append(
                f"node group {name} of the settings does not exist and will be new; "
                f"remove cluster.node_groups.{name} if it is not wanted"
            )


def _keep_group(existing: Existing, group: StateObject) -> None:
    attributes = group.attributes
    path = ("cluster", "node_groups", attributes["node_group_name"])
    comment = "One group over its zones, as it is. Better: true, where pods have volumes on EBS."
    existing.drop(".".join((*path, "one_group_per_zone")), comment)
    sizes = first(attributes["scaling_config"])
    for size in ("min_size", "desired_size", "max_size"):
        existing.keep((*path, size), sizes.get(size), AS_THE_GROUP)
    existing.keep((*path, "labels"), attributes["labels"] or {}, AS_THE_GROUP)
    taints = [
        {key: one[key] for key in ("key", "value", "effect") if one.get(key)} for one in attributes["taint"] or ()
    ]
    existing.keep((*path, "taints"), taints, AS_THE_GROUP)
    update = {key: value for key, value in first(attributes["update_config"]).items() if value}
    existing.keep((*path, "update_config"), update or None, AS_THE_GROUP)
    existing.keep((*path, "capacity_type"), attributes["capacity_type"], FOR_NODES)
    existing.keep((*path, "instance_types"), attributes["instance_types"], FOR_NODES)
    existing.keep((*path, "ami_type"), attributes["ami_type"], f"Better: AL2023_x86_64_STANDARD. {BY_ANOTHER_GROUP}")
    comment = f"Better: true, with IMDSv2 and an encrypted gp3 volume. {BY_ANOTHER_GROUP}"
    existing.keep((*path, "launch_template"), value=False, comment=comment)
    if not attributes["launch_template"]:
        existing.keep((*path, "disk_size_gib"), int(attributes["disk_size"] or USUAL_DISK_GIB), FOR_NODES)
