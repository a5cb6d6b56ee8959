"""Types of the settings that name a Helm chart."""

from __future__ import annotations

from typing import Annotated

from config.types import text

ChartVersion = Annotated[
    str, *text(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?", "an exact chart version like 88.5.3, in quotes")
]
# Some charts have their versions with a v, and an OCI registry finds them by nothing else.
PrefixedChartVersion = Annotated[
    str, *text(r"v\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?", "an exact chart version like v1.21.1")
]
# A Helm repository, or an OCI registry: https://helm.sh/docs/topics/registries/
ChartRepository = Annotated[str, *text(r"(?:https?|oci)://[^\s]+", "a chart repository: https://… or oci://…")]
