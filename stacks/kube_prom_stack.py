"""The kube-prom-stack stack: namespace, long-term storage, and the kube-prometheus-stack release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.irsa_role import IrsaRole, IrsaRoleProps, OidcIssuer
from constructs.kube_prometheus_stack import KubePrometheusStack, KubePrometheusStackProps
from constructs.kube_prometheus_values import ValuesProps, compose_values, prometheus_service_account
from constructs.monitoring_namespace import MonitoringNamespace, MonitoringNamespaceProps
from constructs.thanos_bucket import ThanosBucket, ThanosBucketProps
from constructs.thanos_secret import ThanosSecret, ThanosSecretProps
from stacks.base import EnvironmentStack
from stacks.kubernetes_providers import ClusterLogin
from stacks.outputs import ClusterOutputs, CsiAddonOutputs, KubePromStackOutputs

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.environment import Environment
    from constructs import Construct
    from constructs.thanos_bucket import ThanosBucketOutputs
    from stacks.cluster import ClusterStack
    from stacks.csi_addon import CsiAddonStack


class KubePromStackStack(EnvironmentStack):
    """`<environment>-kube-prom-stack`."""

    NAME = KubePromStackOutputs.PRODUCER

    def __init__(
        self, scope: Construct, environment: Environment, *, cluster: ClusterStack, csi_addon: CsiAddonStack
    ) -> None:
        super().__init__(scope, environment)
        settings = environment.kube_prom_stack
        self.cluster = self.read(cluster, ClusterOutputs)
        storage_class_name = self.read(csi_addon, CsiAddonOutputs).storage_class_name
        login = ClusterLogin(self, self.cluster)
        login.add_kubernetes_provider()
        login.add_helm_provider()
        namespace = MonitoringNamespace(
            self, "namespace", MonitoringNamespaceProps(name=settings.namespace, label=settings.namespace_label)
        ).outputs.name
        before: list[ITerraformDependable] = []
        role_arn = object_store_secret = None
        if settings.thanos.enabled:
            bucket = ThanosBucket(
                self, "thanos-bucket", ThanosBucketProps(cluster_name=environment.cluster_name, account=self.account)
            ).outputs
            secret = ThanosSecret(
                self,
                "thanos-secret",
                ThanosSecretProps(namespace=namespace, bucket_name=bucket.bucket_name, account=self.account),
            ).outputs
            role = self._create_prometheus_role(environment, bucket).outputs
            before = [secret.secret, *role.policies]
            role_arn, object_store_secret = role.role_arn, secret.name
        values = compose_values(
            ValuesProps(
                cluster_name=environment.cluster_name,
                labels=environment.labels,
                storage_class_name=storage_class_name,
                prometheus_role_arn=role_arn,
                object_store_secret=object_store_secret,
                settings=settings,
            )
        )
        KubePrometheusStack(
            self,
            "kube-prometheus-stack",
            KubePrometheusStackProps(namespace=namespace, values=values, settings=settings, depends_on=before),
        )
        KubePromStackOutputs(namespace=namespace).publish(self)

    def _create_prometheus_role(self, environment: Environment, bucket: ThanosBucketOutputs) -> IrsaRole:
        return IrsaRole(
            self,
            "prometheus-role",
            IrsaRoleProps(
                name=f"{environment.cluster_name}-prometheus",
                description=f"Prometheus and the Thanos sidecar of {environment.cluster_name}",
                oidc_issuer=OidcIssuer(url=self.cluster.oidc_issuer_url, provider_arn=self.cluster.oidc_provider_arn),
                service_account=prometheus_service_account(environment.kube_prom_stack.namespace),
                policies={"thanos-bucket": bucket.let_write_and_read()},
            ),
        )
