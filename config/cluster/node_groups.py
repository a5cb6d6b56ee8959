"""Settings of managed node groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core import aws
from config.core.settings import Problem, Settings, unique
from config.core.types import LabelKey, LabelValue, Zone, find_duplicates, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Types for Linux nodes; those of AL2 end with Kubernetes 1.32.
# https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html
AmiType = Literal[
    "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "AL2023_x86_64_NEURON", "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64", "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA", "BOTTLEROCKET_x86_64_FIPS", "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS", "BOTTLEROCKET_ARM_64_NVIDIA_FIPS", "AL2_x86_64", "AL2_x86_64_GPU", "AL2_ARM_64",
]  # fmt: skip
# https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html
LAST_MINOR_WITH_AL2: Final = 32

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
NodeLabelKey = Annotated[LabelKey, Field(max_length=aws.NODE_LABEL_MAX_LENGTH)]
NodeLabelValue = Annotated[LabelValue, Field(min_length=1)]
InstanceType = Annotated[str, *text(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an instance type like t3.medium")]
NodeGroupName = Annotated[
    str,
    *text(
        r"[0-9A-Za-z][A-Za-z0-9_-]*",
        "a node group name (letters, digits, _ and -)",
        max_length=aws.EKS_NODE_GROUP_NAME_MAX_LENGTH,
    ),
]
LABELS_RESERVED: Final = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")


class Taint(Settings):
    """A taint on every node of a node group."""

    key: NodeLabelKey = Field(description="Key of the taint, at most 63 characters.")
    value: LabelValue = Field(default="", description="Value of the taint. Default: empty.")
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = Field(description="Effect of the taint.")


class UpdateConfig(Settings):
    """How many nodes an update may take away at once: a number or a percentage, not both."""

    max_unavailable: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Number of nodes, 1 to 100. Default: unset."
    )
    max_unavailable_percentage: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Percentage of nodes, 1 to 100. Default: unset."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield that not exactly one of the two is given."""
        if (self.max_unavailable is None) == (self.max_unavailable_percentage is None):
            yield Problem((), "give either max_unavailable or max_unavailable_percentage")


class NodeGroup(Settings):
    """A managed node group, on a launch template by default: IMDSv2 only, encrypted gp3 root volume."""

    capacity_type: Literal["ON_DEMAND", "SPOT"] = Field(
        default="ON_DEMAND",
        description="SPOT nodes are cheaper and can be taken away at two minutes' notice. Default: ON_DEMAND.",
    )
    instance_types: tuple[InstanceType, ...] = Field(
        default=("t3.medium",),
        description="1 to 20 instance types, the preferred one first. Default: t3.medium.",
    )
    ami_type: AmiType = Field(
        default="AL2023_x86_64_STANDARD",
        description="Image family; its architecture must be that of the instance types. "
        "Default: AL2023_x86_64_STANDARD.",
    )
    zones: tuple[Zone, ...] = Field(
        default=(),
        description="Zones of the nodes, some of network.zones; other ones replace the node group. Default: all zones "
        "that the network has when the node group is made.",
    )
    one_group_per_zone: bool = Field(
        default=False,
        description="One group in each of the zones, called `<name>-<zone>`, each with the sizes below: for pods with "
        "volumes on EBS, which stay in their zone, as the autoscaler chooses a group and not a zone. Changing it "
        "replaces the nodes. Default: false, one group over all zones.",
    )
    min_size: int = Field(default=1, ge=0, description="Fewest nodes. Default: 1.")
    desired_size: int = Field(default=2, ge=0, description="Nodes at creation. Default: 2.")
    max_size: int = Field(default=3, ge=1, le=aws.NODES_PER_NODE_GROUP, description="Most nodes, 1 to 450. Default: 3.")
    desired_size_managed_by: Literal["autoscaler", "terraform"] = Field(
        default="autoscaler",
        description="`autoscaler`: desired_size counts at creation only. `terraform`: every apply sets it. "
        "Default: autoscaler.",
    )
    launch_template: bool = Field(
        default=True,
        description="Nodes by a launch template of this project; false: as EKS makes them by itself, with IMDSv1 and "
        "an unencrypted gp2 volume. Changing it replaces the node group. Default: true.",
    )
    disk_size_gib: int = Field(default=50, ge=20, le=16384, description="Root volume in GiB, 20 to 16384. Default: 50.")
    labels: dict[NodeLabelKey, NodeLabelValue] = Field(
        default={}, description="Kubernetes labels of the nodes. Default: none."
    )
    taints: tuple[Taint, ...] = Field(default=(), description="Taints of the nodes, at most 50. Default: none.")
    update_config: UpdateConfig = Field(
        default=UpdateConfig(max_unavailable_percentage=33),
        description="Nodes that an update may take away at once. Default: max_unavailable_percentage 33.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what EKS would refuse when it creates the node group."""
        yield from self._size_problems()
        yield from self._instance_type_problems()
        for key in self.labels:
            prefix = key.partition("/")[0] if "/" in key else ""
            if any(prefix == reserved or prefix.endswith(f".{reserved}") for reserved in LABELS_RESERVED):
                yield Problem(("labels", key), f"the prefix {prefix} is reserved for Kubernetes and EKS")
        yield from unique("zones", self.zones)
        for position in find_duplicates(f"{taint.key}:{taint.effect}" for taint in self.taints):
            yield Problem(("taints", position), "has the key and effect of an earlier taint")
        if len(self.taints) > 50:
            yield Problem(("taints",), f"{len(self.taints)} given; at most 50 are allowed")

    def by_zone(self, name: str, zones: Sequence[str]) -> dict[str, NodeGroup]:
        """Return the groups that these settings make, by name, where the network has these zones."""
        if not self.one_group_per_zone:
            return {name: self}
        return {f"{name}-{zone}": self.model_copy(update={"zones": (zone,)}) for zone in sorted(self.zones or zones)}

    def _size_problems(self) -> Iterator[Problem]:
        if self.min_size > self.max_size:
            yield Problem(
                ("min_size",),
                f"{self.min_size} is above max_size {self.max_size}; raise max_size or lower min_size",
            )
        elif self.desired_size > self.max_size:
            yield Problem(
                ("desired_size",),
                f"{self.desired_size} is above max_size {self.max_size}; raise max_size or lower desired_size",
            )
        elif self.desired_size < self.min_size:
            yield Problem(
                ("desired_size",),
                f"{self.desired_size} is below min_size {self.min_size}; raise desired_size or lower min_size",
            )

    def problems_of_version(self, version: str) -> Iterator[Problem]:
        """Yield an image family that EKS has no images of for a Kubernetes version."""
        if self.ami_type.startswith("AL2_") and int(version.partition(".")[2]) > LAST_MINOR_WITH_AL2:
            message = f"{self.ami_type} ended with Kubernetes 1.{LAST_MINOR_WITH_AL2}; version is {version}"
            yield Problem(("ami_type",), message)

    def _instance_type_problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.instance_types) <= 20:
            yield Problem(("instance_types",), f"{len(self.instance_types)} given; 1 to 20 are allowed")
        yield from unique("instance_types", self.instance_types)
        architecture = "arm64" if "ARM" in self.ami_type else "x86_64"
        for position, instance_type in enumerate(self.instance_types):
            if architecture_of(instance_type) != architecture:
                yield Problem(
                    ("instance_types", position),
                    f"{instance_type} is {architecture_of(instance_type)}, ami_type {self.ami_type} is {architecture}",
                )


def architecture_of(instance_type: str) -> Literal["arm64", "x86_64"]:
    """Return the CPU architecture of an instance type, told by its family name.

    After the generation digit a `g` stands for Graviton, at the end of a family `gb` and digits for Grace Blackwell;
    a1 is the first Graviton family.
    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    is_arm = family == "a1" or re.fullmatch(r"[a-z]+\d+[a-z]*g[a-z]*(?:-.*)?|.*-gb\d+", family)
    return "arm64" if is_arm else "x86_64"
