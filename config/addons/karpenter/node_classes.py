"""Settings of Karpenter's node classes: image, volume and network of nodes.

https://karpenter.sh/docs/concepts/nodeclasses/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, JsonValue

from config.core.settings import Problem, Settings
from config.core.types import KmsKeyArn, TagKey, TagValue, text

if TYPE_CHECKING:
    from collections.abc import Iterator

ImageAlias = Annotated[
    str,
    *text(
        r"(?:al2023|bottlerocket)@(?:latest|v[0-9][0-9A-Za-z.+-]*)",
        "an image of Linux like al2023@latest, al2023@v20260818 or bottlerocket@v1.44.0; Windows is not supported, as "
        "the DaemonSets of this project run on Linux only",
        max_length=30,
    ),
]
SelectorTags = Annotated[dict[TagKey, TagValue], Field(max_length=20)]


class NodeClass(Settings):
    """How nodes of EC2 are made: IMDSv2 only, encrypted gp3 volumes, the cluster's security group."""

    image: ImageAlias = Field(
        default="al2023@latest",
        description="Image family and its release. `latest` replaces nodes when AWS publishes one, as "
        "disruption_budgets allow; a pinned one replaces them when it is changed. Default: al2023@latest.",
    )
    disk_size_gib: int = Field(
        default=50, ge=20, le=16384, description="Volume of images and containers in GiB, 20 to 16384. Default: 50."
    )
    volume_kms_key_arn: KmsKeyArn | None = Field(
        default=None,
        description="KMS key that encrypts the volumes; its policy has to let the controller's role use it. "
        "Default: the account's key for EBS.",
    )
    max_pods: Annotated[int, Field(ge=1, le=250)] | None = Field(
        default=None, description="Most pods on a node, 1 to 250. Default: what the instance type has addresses for."
    )
    subnet_tags: SelectorTags = Field(
        default={},
        description="Tags of the subnets that nodes are made in; an existing cluster's need them. "
        "Default: karpenter.sh/discovery with the cluster's name, which private subnets of network have.",
    )
    security_group_tags: SelectorTags = Field(
        default={},
        description="Tags of the nodes' security groups. Default: karpenter.sh/discovery with the cluster's name, "
        "which the cluster's own group gets.",
    )
    spec: dict[str, JsonValue] = Field(
        default={},
        description="Further fields of the EC2NodeClass' `spec`, which win over the settings. Default: none.",
    )

    @property
    def is_bottlerocket(self) -> bool:
        """Whether the image is Bottlerocket, which has a system volume in addition to that for containers."""
        return self.image.startswith("bottlerocket")

    def problems(self) -> Iterator[Problem]:
        """Yield a role: nodes have that of an instance profile, which Karpenter may not make."""
        for field in ("role", "instanceProfile"):
            if field in self.spec:
                yield Problem(("spec", field), "is the one that cluster_addons.karpenter.node_role_name names")
