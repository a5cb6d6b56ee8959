"""Instance types of EC2 with their architecture, and types of images of nodes."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator

from config.core.types import text


def _no_windows(value: object) -> object:
    if isinstance(value, str) and value.startswith("WINDOWS_"):
        raise ValueError(
            f"{value} is an image of Windows, which is not supported: node-exporter, the EBS CSI driver and the "
            "add-ons of this project are installed for Linux nodes only"
        )
    return value


# Types for Linux nodes; those of AL2 end with Kubernetes 1.32.
# https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html
AmiType = Annotated[
    Literal[
    "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "AL2023_x86_64_NEURON", "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA", "BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64", "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA", "BOTTLEROCKET_x86_64_FIPS", "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS", "BOTTLEROCKET_ARM_64_NVIDIA_FIPS", "AL2_x86_64", "AL2_x86_64_GPU", "AL2_ARM_64",
],
    BeforeValidator(_no_windows),
]  # fmt: skip
InstanceType = Annotated[str, *text(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an instance type like t3.medium")]


def architecture_of(instance_type: str) -> Literal["arm64", "x86_64"]:
    """Return the CPU architecture of an instance type, from its family name.

    After the generation digit a `g` stands for Graviton, at the end of a family `gb` and digits for Grace Blackwell;
    a1 is the first Graviton family.
    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    is_arm = family == "a1" or re.fullmatch(r"[a-z]+\d+[a-z]*g[a-z]*(?:-.*)?|.*-gb\d+", family)
    return "arm64" if is_arm else "x86_64"


# What a1 and the fifth generation came after, as virtual machines. https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html
FAMILIES_ON_XEN: Final = frozenset(
    {
        "c1", "c3", "c4", "cc1", "cc2", "cg1", "cr1", "d2", "f1", "g2", "g3", "g3s", "h1", "hi1", "hs1", "i2", "i3",
        "m1", "m2", "m3", "m4", "p2", "p3", "r3", "r4", "t1", "t2", "x1", "x1e",
    }
)  # fmt: skip


def is_on_nitro(instance_type: str) -> bool:
    """Return whether an instance type is a virtual machine on Nitro, or a whole one."""
    family, _, size = instance_type.partition(".")
    return family not in FAMILIES_ON_XEN or size.startswith("metal")
