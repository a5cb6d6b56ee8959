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

    def at(self, repository: str, version: str) -> ChartPin:
        """Return the chart as an environment has it: from its repository, in its version."""
        return ChartPin(self.name, repository, version)


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

# Unpacks the CRDs for their upgrade; the chart would take whatever is newest. https://hub.docker.com/_/busybox
BUSYBOX = "1.38.0"

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

# https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/charts/cluster-autoscaler
CLUSTER_AUTOSCALER = ChartPin(
    name="cluster-autoscaler",
    repository="https://kubernetes.github.io/autoscaler",
    version="9.59.0",
)

# The autoscaler simulates the scheduler, so that its minor version is to be the cluster's.
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/README.md#releases
CLUSTER_AUTOSCALER_TAGS = {
    "1.31": "v1.31.5",
    "1.32": "v1.32.6",
    "1.33": "v1.33.6",
    "1.34": "v1.34.5",
    "1.35": "v1.35.2",
    "1.36": "v1.36.1",
}

# https://github.com/aws/karpenter-provider-aws/tree/main/charts/karpenter
KARPENTER = ChartPin(name="karpenter", repository="oci://public.ecr.aws/karpenter", version="1.14.1")

# Its CRDs, of the same version: Helm upgrades none that a chart has in its folder `crds`.
KARPENTER_CRD = ChartPin(name="karpenter-crd", repository=KARPENTER.repository, version=KARPENTER.version)

# https://github.com/kubernetes-sigs/aws-load-balancer-controller/tree/main/helm/aws-load-balancer-controller
AWS_LOAD_BALANCER_CONTROLLER = ChartPin(
    name="aws-load-balancer-controller",
    repository="https://aws.github.io/eks-charts",
    version="3.5.0",
)

# https://github.com/kubernetes-sigs/metrics-server/tree/master/charts/metrics-server
METRICS_SERVER = ChartPin(
    name="metrics-server",
    repository="https://kubernetes-sigs.github.io/metrics-server",
    version="3.13.1",
)

# https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus-adapter
PROMETHEUS_ADAPTER = ChartPin(
    name="prometheus-adapter",
    repository="https://prometheus-community.github.io/helm-charts",
    version="5.3.0",
)

# https://github.com/kubernetes-sigs/external-dns/tree/master/charts/external-dns
EXTERNAL_DNS = ChartPin(
    name="external-dns",
    repository="https://kubernetes-sigs.github.io/external-dns",
    version="1.21.1",
)

# https://github.com/cert-manager/cert-manager/tree/master/deploy/charts/cert-manager
CERT_MANAGER = ChartPin(
    name="cert-manager",
    repository="https://charts.jetstack.io",
    version="v1.21.1",
)

# https://github.com/vmware-tanzu/helm-charts/tree/main/charts/velero
VELERO = ChartPin(
    name="velero",
    repository="https://vmware-tanzu.github.io/helm-charts",
    version="12.1.0",
)

# Of the versions that fit Velero's: https://github.com/vmware-tanzu/velero-plugin-for-aws#compatibility
VELERO_PLUGIN_FOR_AWS = ImagePin(registry="docker.io", path="velero/velero-plugin-for-aws", tag="v1.14.0")

# https://github.com/NVIDIA/k8s-device-plugin/tree/main/deployments/helm/nvidia-device-plugin
NVIDIA_DEVICE_PLUGIN = ChartPin(
    name="nvidia-device-plugin",
    repository="https://nvidia.github.io/k8s-device-plugin",
    version="0.20.0",
)

# https://github.com/kiali/helm-charts
KIALI = ChartPin(name="kiali-server", repository="https://kiali.org/helm-charts", version="2.29.0")

# https://github.com/grafana/terraform-provider-grafana/releases
GRAFANA_PROVIDER = "4.45.1"

# https://github.com/hashicorp/terraform-provider-http/releases
HTTP_PROVIDER = "3.5.0"

# https://grafana.com/grafana/plugins/grafana-amazonprometheus-datasource/?tab=changelog
GRAFANA_AMAZON_PROMETHEUS = "3.3.4"

# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
KUBERNETES = "1.36"
