"""Settings of the release itself: its chart, its images, its names, and values that are given as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, JsonValue

from config import versions
from config.core.chart_settings import (
    ChartRepository,
    ChartVersion,
    ImageRegistry,
    chart_repository,
    chart_version,
)
from config.core.naming import NAMESPACES_OF_KUBERNETES
from config.core.secret_references import SecretName, SecretsManagerId
from config.core.settings import Problem, Settings
from config.core.types import KubernetesName, text

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES_FILE_PATTERN: Final = r"(?!/)(?!.*\.\.)[\w./-]+\.ya?ml"
ValuesFile = Annotated[str, *text(VALUES_FILE_PATTERN, "a YAML file below values/, as a relative path")]


class ReleaseSettings(Settings):
    """The chart kube-prometheus-stack as it is installed."""

    chart_version: ChartVersion = chart_version(versions.KUBE_PROMETHEUS_STACK)
    chart_repository: ChartRepository = chart_repository(versions.KUBE_PROMETHEUS_STACK)
    image_registry: ImageRegistry | None = Field(
        default=None,
        description="Registry that replaces every image's own, for mirrors. Default: the images' own.",
    )
    image_pull_secrets: tuple[SecretName, ...] = Field(
        default=(), description="Kubernetes secrets in the release's namespace that pull images. Default: none."
    )
    namespace: KubernetesName = Field(
        default="monitoring", description="Namespace of the release. Default: monitoring."
    )
    release_name: Annotated[
        str, *text(r"[a-z](?:[-a-z0-9]*[a-z0-9])?", "a release name (lower-case letters, digits, -)", max_length=26)
    ] = Field(
        default=versions.KUBE_PROMETHEUS_STACK.name,
        description="Name of the Helm release; names of its objects start with it. "
        f"Default: {versions.KUBE_PROMETHEUS_STACK.name}.",
    )
    timeout_seconds: int = Field(
        default=900,
        ge=60,
        le=3600,
        description="How long Helm waits for the release to be ready. Default: 900.",
    )
    values_files: tuple[ValuesFile, ...] = Field(
        default=(), description="Overlays below values/, the last one wins. Default: none."
    )
    release_values_file: ValuesFile | None = Field(
        default=None,
        description="File below values/ with all values of a release that was taken over as it is; settings then "
        "decide no more of the release than its chart, name and namespace. Default: none.",
    )
    release_secrets: SecretsManagerId | None = Field(
        default=None,
        description="Secret in AWS Secrets Manager whose text is values of a release that was taken over, as JSON or "
        "YAML; they win over release_values_file. Terraform reads it, so that its state has them. Default: none.",
    )
    extra_manifests: tuple[dict[str, JsonValue], ...] = Field(
        default=(), description="Kubernetes objects that are created and deleted with the release. Default: none."
    )

    def problems(self) -> Iterator[Problem]:
        """Yield settings that the chart would take and Helm refuses."""
        if self.release_secrets is not None and self.release_values_file is None:
            yield Problem(("release_secrets",), "has no effect without release_values_file")
        if self.namespace in NAMESPACES_OF_KUBERNETES:
            yield Problem(("namespace",), f"{self.namespace} exists in every cluster; the release needs one of its own")
