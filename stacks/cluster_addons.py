"""The cluster-addons stack: what the cluster runs beside EKS' own add-ons, each by choice.

It is deployed before kube-prom-stack and workloads, and so destroyed after them:

- Ingresses and services of theirs have finalizers of the load balancer controller. With the controller gone they would
  stay for ever, their namespaces with them, and their load balancers would keep the VPC from being deleted.
- While the controller's webhook has no pod to answer, the Kubernetes API takes no ingress; Helm waits for the pods.
- A ClusterIssuer among `extra_manifests` needs the CRDs of cert-manager, and the autoscaler makes room for Prometheus.

What it needs of them in turn is no reason for another order: the monitors of the add-ons need the CRDs of
kube-prom-stack, so that they come with that release (constructs/addons/addon_monitors.py); the Prometheus adapter asks
for Prometheus again every minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons.addon_release import AddonContext
from constructs.addons.cert_manager import CertManager, CertManagerProps
from constructs.addons.cluster_autoscaler import ClusterAutoscaler, ClusterAutoscalerProps
from constructs.addons.external_dns import ExternalDns, ExternalDnsProps
from constructs.addons.load_balancer_controller import LoadBalancerController, LoadBalancerControllerProps
from constructs.addons.metrics_server import MetricsServer, MetricsServerProps
from constructs.addons.prometheus_adapter import PrometheusAdapter, PrometheusAdapterProps
from stacks.base import EnvironmentStack
from stacks.cluster_reference import refer_to_cluster
from stacks.outputs import ClusterAddonsOutputs

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.environment import Environment
    from constructs import Construct
    from stacks.cluster import ClusterStack

Dependencies = tuple["ITerraformDependable", ...]


class ClusterAddonsStack(EnvironmentStack):
    """`<environment>-cluster-addons`."""

    NAME = ClusterAddonsOutputs.PRODUCER

    def __init__(self, scope: Construct, environment: Environment, *, cluster: ClusterStack | None) -> None:
        super().__init__(scope, environment)
        self.settings = environment.cluster_addons
        self.cluster = refer_to_cluster(self, cluster)
        self.cluster.login.add_helm_provider()
        if self.settings.cert_manager.enabled:
            self.cluster.login.add_kubernetes_provider()
        self.context = self._describe_context()
        # Where it changes every service, the others' services wait until it answers.
        controller = self._create_load_balancer_controller()
        self._create_autoscaler(controller)
        self._create_metrics_apis(controller)
        self._create_dns_and_certificates(controller)
        ClusterAddonsOutputs(addons=list(self.settings.enabled)).publish(self)

    def _describe_context(self) -> AddonContext:
        settings = self.settings
        return AddonContext(
            cluster_name=self.environment.cluster_name,
            oidc_issuer=None if settings.identity == "pod-identity" else self.cluster.oidc_issuer,
            labels=self.environment.labels,
            image_registry=settings.image_registry,
            image_pull_secrets=settings.image_pull_secrets,
            placement=settings.placement,
            timeout_seconds=settings.timeout_seconds,
        )

    def _create_load_balancer_controller(self) -> Dependencies:
        settings = self.settings.aws_load_balancer_controller
        if not settings.enabled:
            return ()
        controller = LoadBalancerController(
            self,
            "load-balancer-controller",
            LoadBalancerControllerProps(
                vpc_id=self.cluster.eks_vpc_id,
                tags=self.environment.default_tags,
                account=self.account,
                settings=settings,
                context=self.context,
            ),
        )
        return (controller.outputs.release,)

    def _create_autoscaler(self, depends_on: Dependencies) -> None:
        if self.settings.cluster_autoscaler.enabled:
            ClusterAutoscaler(
                self,
                "cluster-autoscaler",
                ClusterAutoscalerProps(
                    kubernetes_version=self.cluster.version,
                    account=self.account,
                    settings=self.settings.cluster_autoscaler,
                    context=self.context,
                    depends_on=depends_on,
                ),
            )

    def _create_metrics_apis(self, depends_on: Dependencies) -> None:
        if self.settings.metrics_server.enabled:
            MetricsServer(
                self,
                "metrics-server",
                MetricsServerProps(settings=self.settings.metrics_server, context=self.context, depends_on=depends_on),
            )
        if self.settings.prometheus_adapter.enabled:
            stack = self.environment.kube_prom_stack
            PrometheusAdapter(
                self,
                "prometheus-adapter",
                PrometheusAdapterProps(
                    stack_release_name=stack.release_name,
                    stack_namespace=stack.namespace,
                    settings=self.settings.prometheus_adapter,
                    context=self.context,
                    depends_on=depends_on,
                ),
            )

    def _create_dns_and_certificates(self, depends_on: Dependencies) -> None:
        if self.settings.external_dns.enabled:
            ExternalDns(
                self,
                "external-dns",
                ExternalDnsProps(
                    account=self.account,
                    settings=self.settings.external_dns,
                    context=self.context,
                    depends_on=depends_on,
                ),
            )
        if self.settings.cert_manager.enabled:
            CertManager(
                self,
                "cert-manager",
                CertManagerProps(
                    account=self.account if self.settings.cert_manager.dns01_zones else None,
                    settings=self.settings.cert_manager,
                    context=self.context,
                    depends_on=depends_on,
                ),
            )
