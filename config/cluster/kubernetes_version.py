"""The type of a Kubernetes version: one that this release knows, or another of EKS where that is asked for."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, ValidationInfo, WithJsonSchema

from config.core import aws
from config.core.problems import shown

_VERSION: Final = r"1\.\d{2}"


def _known_version(value: str, info: ValidationInfo) -> str:
    is_permitted = info.data.get("allow_unlisted_version") and re.fullmatch(_VERSION, value, re.ASCII)
    if value not in aws.KUBERNETES_SUPPORT and not is_permitted:
        allowed = ", ".join(f'"{version}"' for version in aws.KUBERNETES_SUPPORT)
        message = f"{shown(value)} is no Kubernetes version that this release knows; allowed: {allowed}"
        raise ValueError(f"{message}, and others of EKS with allow_unlisted_version")
    return value


KubernetesVersion = Annotated[
    str,
    AfterValidator(_known_version),
    WithJsonSchema({"type": "string", "pattern": f"^{_VERSION}$", "examples": list(aws.KUBERNETES_SUPPORT)}),
]
