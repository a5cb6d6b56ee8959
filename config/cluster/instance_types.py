"""Instance types of EC2, and their architecture."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from config.core.types import text

InstanceType = Annotated[str, *text(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an instance type like t3.medium")]


def architecture_of(instance_type: str) -> Literal["arm64", "x86_64"]:
    """Return the CPU architecture of an instance type, told by its family name.

    After the generation digit a `g` stands for Graviton, at the end of a family `gb` and digits for Grace Blackwell;
    a1 is the first Graviton family.
    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    is_arm = family == "a1" or re.fullmatch(r"[a-z]+\d+[a-z]*g[a-z]*(?:-.*)?|.*-gb\d+", family)
    return "arm64" if is_arm else "x86_64"
