"""The cluster-addons stack: what the cluster runs in addition to EKS' own add-ons, each optional.

It is deployed before kube-prom-stack and workloads, and so destroyed after them:

- Ingresses and services of theirs have finalizers of the load balancer controller. Without the controller they would
  stay forever, their namespaces with them, and their load balancers would keep the VPC from being deleted.
- While the controller's webhook has no pod to answer, the Kubernetes API takes no ingress; Helm waits for the pods.
- A ClusterIssuer among `extra_manifests` needs the CRDs of cert-manager, and the autoscaler makes room for Prometheus.

What it needs of them in turn is no reason for another order: the monitors of the add-ons need the CRDs of
kube-prom-stack, so that they belong to that release (constructs/addons/addon_monitors.py); the Prometheus adapter asks
for Prometheus again every minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from config.addons.addon import SYSTEM_NAMESPACE
from config.addons.cert_manager import CertManagerSettings
from config.addons.cluster_autoscaler import ClusterAutoscalerSettings
from config.addons.external_dns import ExternalDnsSettings
from config.addons.karpenter.karpenter import KarpenterSettings
from config.addons.load_balancer_controller import LoadBalancerControllerSettings
from config.addons.metrics_server import MetricsServerSettings
from config.addons.nvidia_device_plugin import NvidiaDevicePluginSettings
from config.addons.prometheus_adapter import PrometheusAdapterSettings
from config.addons.velero import VeleroSettings
from constructs.addons.addon_release import AddonAws, AddonContext, AddonProps
from constructs.addons.cert_manager import CertManager
from constructs.addons.cluster_autoscaler import ClusterAutoscaler
from constructs.addons.external_dns import ExternalDns
from constructs.addons.karpenter.karpenter import Karpenter
from constructs.addons.load_balancer_controller import LoadBalancerController
from constructs.addons.metrics_server import MetricsServer
from constructs.addons.nvidia_device_plugin import NvidiaDevicePlugin
from constructs.addons.prometheus_adapter import PrometheusAdapter
from constructs.addons.velero import Velero
from stacks.base import EnvironmentStack
from stacks.cluster_reference import EksReference, refer_to_cluster
from stacks.outputs import ClusterAddonsOutputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdktf import ITerraformDependable

    from config.addons.addon import Addon
    from config.environment import Environment
    from constructs import Construct
    from constructs.addons.addon_release import AddonConstruct, AddonEks
    from stacks.cluster_reference import ClusterSource


class Anywhere(NamedTuple):
    """An add-on of any cluster: the id of its construct, and the construct."""

    id: str
    construct: Callable[[Construct, str, AddonProps[Any]], AddonConstruct]

    def create(self, scope: Construct, props: AddonProps[Any]) -> AddonConstruct:
        """Create the add-on."""
        return self.construct(scope, self.id, props)


class InAws(NamedTuple):
    """An add-on that calls AWS; settings that have it on outside AWS are refused."""

    id: str
    construct: Callable[[Construct, str, AddonProps[Any], AddonAws], AddonConstruct]

    def create(self, scope: Construct, props: AddonProps[Any]) -> AddonConstruct | None:
        """Create the add-on in AWS."""
        aws = props.context.aws
        return None if aws is None else self.construct(scope, self.id, props, aws)


class OnEks(NamedTuple):
    """An add-on that works on EKS only; settings that have it on elsewhere are refused."""

    id: str
    construct: Callable[[Construct, str, AddonProps[Any], AddonAws, AddonEks], AddonConstruct]

    def create(self, scope: Construct, props: AddonProps[Any]) -> AddonConstruct | None:
        """Create the add-on on EKS."""
        aws, eks = props.context.aws, props.context.eks
        return None if aws is None or eks is None else self.construct(scope, self.id, props, aws, eks)


# In the order of creation: where the controller changes every service, the services of the others wait for its answer.
CONSTRUCTS: Final[dict[type[Addon], Anywhere | InAws | OnEks]] = {
    LoadBalancerControllerSettings: OnEks("load-balancer-controller", LoadBalancerController),
    ClusterAutoscalerSettings: OnEks("cluster-autoscaler", ClusterAutoscaler),
    KarpenterSettings: OnEks("karpenter", Karpenter),
    MetricsServerSettings: Anywhere("metrics-server", MetricsServer),
    PrometheusAdapterSettings: Anywhere("prometheus-adapter", PrometheusAdapter),
    ExternalDnsSettings: InAws("external-dns", ExternalDns),
    CertManagerSettings: Anywhere("cert-manager", CertManager),
    NvidiaDevicePluginSettings: Anywhere("nvidia-device-plugin", NvidiaDevicePlugin),
    VeleroSettings: InAws("velero", Velero),
}


class ClusterAddonsStack(EnvironmentStack):
    """`<environment>-cluster-addons`."""

    NAME = ClusterAddonsOutputs.PRODUCER

    def __init__(self, scope: Construct, environment: Environment, *, cluster: ClusterSource) -> None:
        super().__init__(scope, environment)
        self.settings = environment.cluster_addons
        self.cluster = refer_to_cluster(self, cluster)
        self.cluster.login.add_helm_provider()
        if any(addon.NAMESPACE != SYSTEM_NAMESPACE for addon in self.settings.installed.values()):
            self.cluster.login.add_kubernetes_provider()
        self._create_addons()
        ClusterAddonsOutputs(addons=list(self.settings.enabled)).publish(self)

    def _create_addons(self) -> None:
        context = self._describe_context()
        order = list(CONSTRUCTS)
        depends_on: tuple[ITerraformDependable, ...] = ()
        for settings in sorted(self.settings.installed.values(), key=lambda addon: order.index(type(addon))):
            props = AddonProps(settings=settings, context=context, depends_on=depends_on)
            addon = CONSTRUCTS[type(settings)].create(self, props)
            if isinstance(addon, LoadBalancerController):
                depends_on = (addon.release,)

    def _describe_context(self) -> AddonContext:
        settings, monitoring, network = self.settings, self.environment.kube_prom_stack, self.environment.network
        existing = None if network is None else network.existing
        return AddonContext(
            cluster_name=self.environment.cluster_name,
            aws=self._describe_aws(),
            eks=self.cluster if isinstance(self.cluster, EksReference) else None,
            labels=self.environment.labels,
            tags=self.environment.default_tags,
            image_registry=settings.image_registry,
            image_pull_secrets=settings.image_pull_secrets,
            placement=settings.placement,
            timeout_seconds=settings.timeout_seconds,
            prometheus_url=f"http://{monitoring.release_name}-prometheus.{monitoring.namespace}",
            is_isolated=network is not None and network.nat_gateways == "none",
            subnet_ids=() if existing is None else tuple(existing.private_subnet_ids.values()),
        )

    def _describe_aws(self) -> AddonAws | None:
        region = self.environment.region
        if region is None:
            return None
        issuer = None if self.settings.identity == "pod-identity" else self.cluster.oidc_issuer
        return AddonAws(find_account=lambda: self.account_in(region), oidc_issuer=issuer)
