"""Settings of NVIDIA's device plugin."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config import versions
from config.addons.addon import Addon
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import Resources, Toleration, resources


class NvidiaDevicePluginSettings(Addon):
    """NVIDIA's device plugin: GPUs of nodes of AL2023 as the resource `nvidia.com/gpu`; Bottlerocket brings its own."""

    TITLE = "NVIDIA device plugin"
    PAGE = "scale-nodes.md#gpus"
    CHART = versions.NVIDIA_DEVICE_PLUGIN

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    mig_strategy: Literal["none", "single", "mixed"] = Field(
        default="none",
        description="How the parts of a GPU that is divided (MIG) are offered: not, as GPUs, or each by its size. "
        "Default: none.",
    )
    tolerations: tuple[Toleration, ...] = Field(
        default=(), description="Taints that it tolerates in addition to nvidia.com/gpu. Default: none."
    )
    resources: Resources = resources("10m", "64Mi", "256Mi")
