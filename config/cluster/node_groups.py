"""Settings of managed node groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, JsonValue

from config.cluster.instance_types import AmiType, InstanceType, architecture_of
from config.core import aws
from config.core.settings import Problem, Settings, unique
from config.core.types import KmsKeyArn, LabelKey, LabelValue, Zone, find_duplicates, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.core.problems import Location

# https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html
LAST_MINOR_WITH_AL2: Final = 32

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
NodeLabelKey = Annotated[LabelKey, Field(max_length=aws.NODE_LABEL_MAX_LENGTH)]
NodeLabelValue = Annotated[LabelValue, Field(min_length=1)]
NodeGroupName = Annotated[
    str,
    *text(
        r"[0-9A-Za-z][A-Za-z0-9_-]*",
        "a node group name (letters, digits, _ and -)",
        max_length=aws.EKS_NODE_GROUP_NAME_MAX_LENGTH,
    ),
]
# https://docs.aws.amazon.com/eks/latest/userguide/eks-linux-ami-versions.html
ReleaseVersion = Annotated[
    str, *text(r"latest|1\.\d+\.\d+-\d{8}|\d+\.\d+\.\d+-[0-9a-f]+", "latest or a release like 1.35.9-20260818")
]
_OF_FAMILIES: Final = {"node_config": "AL2023", "bottlerocket_settings": "BOTTLEROCKET"}
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
        description="Nodes by a launch template of this project; false: as EKS makes them by default, with IMDSv1 and "
        "an unencrypted gp2 volume. Changing it replaces the node group. Default: true.",
    )
    disk_size_gib: int = Field(default=50, ge=20, le=16384, description="Root volume in GiB, 20 to 16384. Default: 50.")
    volume_kms_key_arn: KmsKeyArn | None = Field(
        default=None,
        description="KMS key that encrypts the volumes; its policy has to permit the service-linked role "
        "AWSServiceRoleForAutoScaling. Default: the account's key for EBS.",
    )
    volume_iops: Annotated[int, Field(ge=aws.GP3_IOPS[0], le=aws.GP3_IOPS[1])] | None = Field(
        default=None, description="Provisioned IOPS of the volume above, 3000 to 80000. Default: 3000, which are free."
    )
    volume_throughput_mib: Annotated[int, Field(ge=aws.GP3_THROUGHPUT_MIB[0], le=aws.GP3_THROUGHPUT_MIB[1])] | None = (
        Field(default=None, description="Its throughput in MiB/s, 125 to 2000. Default: 125, which are free.")
    )
    release_version: ReleaseVersion | None = Field(
        default=None,
        description="Release of the image: a pinned one, or `latest`, which is looked up at each plan and replaces the "
        "nodes when there is a newer one. Default: the newest one when the group is made or its version changes.",
    )
    force_update_version: bool = Field(
        default=False,
        description="Let an update delete pods that disruption budgets protect, after 15 minutes. Default: false.",
    )
    max_pods: Annotated[int, Field(ge=1, le=250)] | None = Field(
        default=None,
        description="Most pods on a node, 1 to 250. Default: what the instance type has addresses for.",
    )
    node_config: dict[str, JsonValue] = Field(
        default={},
        description="`spec` of a NodeConfig for images of AL2023, e.g. "
        "`{kubelet: {config: {maxParallelImagePulls: 5}}}`. Default: none.",
    )
    bottlerocket_settings: dict[str, JsonValue] = Field(
        default={},
        description="`settings` of Bottlerocket images, e.g. `{kernel: {lockdown: integrity}}`. Default: none.",
    )
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
        yield from self._image_problems()
        for position in find_duplicates(f"{taint.key}:{taint.effect}" for taint in self.taints):
            yield Problem(("taints", position), "has the key and effect of an earlier taint")
        if len(self.taints) > 50:
            yield Problem(("taints",), f"{len(self.taints)} given; at most 50 are allowed")

    def _image_problems(self) -> Iterator[Problem]:
        """Yield settings that the image or a group without a launch template does not take."""
        of_template = ("volume_kms_key_arn", "volume_iops", "volume_throughput_mib", "max_pods", *_OF_FAMILIES)
        for field in of_template:
            if getattr(self, field) and not self.launch_template:
                yield Problem((field,), "has no effect while launch_template is false")
        for field, family in _OF_FAMILIES.items():
            if getattr(self, field) and not self.ami_type.startswith(family):
                yield Problem((field,), f"is for images of {family}, ami_type is {self.ami_type}")
        if self.max_pods is not None and not self.ami_type.startswith(tuple(_OF_FAMILIES.values())):
            yield Problem(("max_pods",), f"is not for {self.ami_type}, whose bootstrap script would need it")
        for location in _nulls(self.bottlerocket_settings):
            yield Problem(("bottlerocket_settings", *location), "is null, which TOML does not have; leave it out")
        iops = self.volume_iops or aws.GP3_IOPS[0]
        if self.volume_throughput_mib is not None and self.volume_throughput_mib > iops * 0.25:
            needed = self.volume_throughput_mib * 4
            yield Problem(
                ("volume_throughput_mib",), f"{self.volume_throughput_mib} needs {needed} iops, {iops} are set"
            )

    @property
    def needs_device_plugin(self) -> bool:
        """Whether the image has NVIDIA's driver, and not the plugin that offers GPUs to pods."""
        return self.ami_type.startswith("AL2") and self.ami_type.endswith(("NVIDIA", "GPU"))

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


def _nulls(value: JsonValue) -> Iterator[Location]:
    """Yield where a value of JSON is null, or has null in it."""
    if value is None:
        yield ()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        for location in _nulls(below):
            yield (key, *location)
