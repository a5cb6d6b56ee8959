"""Every version that this project pins, apart from the packages in the lock files.

A pin is changed here and nowhere else; an environment can override the pins that it has a setting for.
"""

from __future__ import annotations

from typing import NamedTuple


class ChartPin(NamedTuple):
    """A Helm chart: name, repository and version."""

    name: str
    repository: str
    version: str


class ImagePin(NamedTuple):
    """A container image: registry, path and tag."""

    registry: str
    path: str
    tag: str

    def reference(self, registry: str | None) -> str:
        """Return what a pod names: from the image's own registry, or from a mirror."""
        return f"{registry or self.registry}/{self.path}:{self.tag}"


# https://gallery.ecr.aws/aws-cli/aws-cli
AWS_CLI = ImagePin(registry="public.ecr.aws", path="aws-cli/aws-cli", tag="2.31.0")

# https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
KUBE_PROMETHEUS_STACK = ChartPin(
    name="kube-prometheus-stack",
    repository="https://prometheus-community.github.io/helm-charts",
    version="88.5.3",
)

# https://github.com/thanos-community/helm-charts/tree/main/charts/thanos
THANOS = ChartPin(
    name="thanos",
    repository="oci://ghcr.io/thanos-community/helm-charts",
    version="0.38.0",
)

# https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus-blackbox-exporter
PROMETHEUS_BLACKBOX_EXPORTER = ChartPin(
    name="prometheus-blackbox-exporter",
    repository="https://prometheus-community.github.io/helm-charts",
    version="11.17.2",
)

# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
KUBERNETES = "1.35"

# Lowest Terraform that has write-only attributes and native S3 locking without the experimental flag.
TERRAFORM = ">= 1.10"
