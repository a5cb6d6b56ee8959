"""The settings that name a Helm chart, and their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from config.core.types import text

if TYPE_CHECKING:
    from config.versions import ChartPin

ChartVersion = Annotated[
    str, *text(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?", "an exact chart version like 1.2.3, in quotes")
]
# Some charts have their versions with a v, and an OCI registry finds them by nothing else.
PrefixedChartVersion = Annotated[
    str, *text(r"v\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?", "an exact chart version like v1.2.3")
]
ImageRegistry = Annotated[
    str,
    *text(
        r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._/-]*[a-z0-9])?",
        "an image registry: a host, optional port and path",
    ),
]
# A Helm repository, or an OCI registry: https://helm.sh/docs/topics/registries/
ChartRepository = Annotated[str, *text(r"(?:https?|oci)://[^\s]+", "a chart repository: https://… or oci://…")]


def chart_version(pin: ChartPin, chart: str = "the chart") -> Any:  # noqa: ANN401 (the type is the field's)
    """Declare the setting for the version of a chart."""
    return Field(default=pin.version, description=f"Version of {chart}. Default: {pin.version}.")


def chart_repository(pin: ChartPin, chart: str = "the chart") -> Any:  # noqa: ANN401 (the type is the field's)
    """Declare the setting for the repository of a chart."""
    return Field(
        default=pin.repository,
        description=f"Repository of {chart}, https:// or oci://. Default: {pin.repository}.",
    )
