"""The kube-prom-stack stack: the monitoring of the cluster, and what it keeps and shows outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from config.monitoring.values_files import read_text
from constructs.addons.addon_monitors import addon_monitors
from constructs.monitoring.blackbox_exporter import BlackboxExporter, BlackboxExporterProps, probe_manifests
from constructs.monitoring.companion_release import CompanionContext
from constructs.monitoring.grafana_dashboards import GrafanaDashboards, GrafanaDashboardsProps
from constructs.monitoring.kube_prometheus_stack import KubePrometheusStack, KubePrometheusStackProps
from constructs.monitoring.monitored_namespaces import MonitoredNamespaces, MonitoredNamespacesProps
from constructs.monitoring.monitoring_identity import (
    MonitoringIdentity,
    MonitoringIdentityOutputs,
    MonitoringIdentityProps,
)
from constructs.monitoring.monitoring_namespace import MonitoringNamespace, MonitoringNamespaceProps
from constructs.monitoring.service_monitors import MonitorPlace, kiali_monitor, mesh_monitors, service_monitors
from constructs.monitoring.thanos.thanos_bucket import ThanosBucket, ThanosBucketProps
from constructs.monitoring.thanos.thanos_read_path import ThanosReadPath, ThanosReadPathProps, thanos_data_source
from constructs.monitoring.thanos.thanos_secret import ThanosSecret, ThanosSecretProps
from constructs.monitoring.values.grafana_values import installed_dashboards
from constructs.monitoring.values.kube_prometheus_values import compose_values
from constructs.monitoring.values.values_props import ServiceAccounts, ValuesProps
from stacks.base import EnvironmentStack
from stacks.cluster_reference import refer_to_cluster
from stacks.outputs import CsiAddonOutputs, KubePromStackOutputs, NetworkOutputs

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.environment import Environment
    from constructs import Construct
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values
    from constructs.monitoring.managed_grafana import GrafanaNetwork
    from constructs.monitoring.managed_prometheus import ManagedPrometheusOutputs
    from constructs.monitoring.thanos.thanos_bucket import ThanosBucketOutputs
    from constructs.monitoring.thanos.thanos_secret import ThanosSecretOutputs
    from stacks.cluster import ClusterStack
    from stacks.cluster_addons import ClusterAddonsStack
    from stacks.csi_addon import CsiAddonStack
    from stacks.network import NetworkStack


class ThanosStorage(NamedTuple):
    """The bucket of Thanos, and the secret that names it in the cluster."""

    bucket: ThanosBucketOutputs
    secret: ThanosSecretOutputs


class KubePromStackStack(EnvironmentStack):
    """`<environment>-kube-prom-stack`."""

    NAME = KubePromStackOutputs.PRODUCER

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        network: NetworkStack | None,
        cluster: ClusterStack | None,
        csi_addon: CsiAddonStack | None,
        cluster_addons: ClusterAddonsStack | None,
    ) -> None:
        super().__init__(scope, environment)
        if cluster_addons is not None:
            self.add_dependency(cluster_addons)  # stacks/cluster_addons.py says why
        self.settings = environment.kube_prom_stack
        self.cluster = refer_to_cluster(self, cluster)
        self.cluster.login.add_kubernetes_provider()
        self.cluster.login.add_helm_provider()
        self.storage_class_name = self._find_storage_class(csi_addon)
        self.namespace = self._create_namespaces()
        storage = self._create_thanos_storage()
        workspace = self._create_managed_prometheus()
        identity = self._create_identity(storage, workspace)
        release = self._create_release(storage, workspace, identity)
        self._create_companions(release, storage)
        self._create_managed_grafana(network, workspace)
        KubePromStackOutputs(namespace=self.namespace).publish(self)

    def _find_storage_class(self, csi_addon: CsiAddonStack | None) -> str | None:
        """Return the chosen class, or the csi-addon's; None stands for the cluster's default."""
        published = None if csi_addon is None else self.read(csi_addon, CsiAddonOutputs).storage_class_name
        return self.settings.storage_class_name or published

    def _create_namespaces(self) -> str:
        settings = self.settings
        MonitoredNamespaces(
            self,
            "monitored-namespaces",
            MonitoredNamespacesProps(namespaces=settings.monitored_namespaces, label=settings.namespace_label),
        )
        namespace = MonitoringNamespace(
            self, "namespace", MonitoringNamespaceProps(name=settings.namespace, label=settings.namespace_label)
        )
        return namespace.outputs.name

    def _create_thanos_storage(self) -> ThanosStorage | None:
        if not self.settings.thanos.enabled:
            return None
        bucket = ThanosBucket(
            self,
            "thanos-bucket",
            ThanosBucketProps(
                cluster_name=self.environment.cluster_name,
                account=self.account,
                bucket_name=self.settings.thanos.bucket_name,
            ),
        ).outputs
        secret = ThanosSecret(
            self,
            "thanos-secret",
            ThanosSecretProps(namespace=self.namespace, bucket_name=bucket.bucket_name, account=self.account),
        ).outputs
        return ThanosStorage(bucket, secret)

    def _create_managed_prometheus(self) -> ManagedPrometheusOutputs | None:
        settings = self.settings.managed_prometheus
        if not settings.enabled:
            return None
        from constructs.monitoring.managed_prometheus import ManagedPrometheus, ManagedPrometheusProps

        props = ManagedPrometheusProps(
            name=self.environment.cluster_name, account=self.account, settings=settings, read_file=read_text
        )
        return ManagedPrometheus(self, "managed-prometheus", props).outputs

    def _create_identity(
        self, storage: ThanosStorage | None, workspace: ManagedPrometheusOutputs | None
    ) -> MonitoringIdentityOutputs:
        prometheus: dict[str, Statements] = {}
        grafana: dict[str, Statements] = {}
        if storage is not None:
            prometheus["thanos-bucket"] = storage.bucket.let_write_and_read()
        if workspace is not None:
            prometheus["managed-prometheus"] = workspace.let_write()
            grafana["managed-prometheus"] = workspace.let_query()
        identity = MonitoringIdentity(
            self,
            "identity",
            MonitoringIdentityProps(
                cluster_name=self.environment.cluster_name,
                oidc_issuer=self.cluster.oidc_issuer,
                service_accounts=ServiceAccounts(self.settings),
                prometheus=prometheus,
                alertmanager=self._policies_of_alertmanager(),
                grafana=grafana if self.settings.grafana.enabled else {},
                prometheus_role_name=self.settings.prometheus.role_name,
            ),
        )
        return identity.outputs

    def _policies_of_alertmanager(self) -> dict[str, Statements]:
        if not self.settings.alertmanager.uses_aws():
            return {}
        from constructs.monitoring.alertmanager_policies import alertmanager_policies

        return alertmanager_policies(self.settings.alertmanager, self.account)

    def _create_release(
        self,
        storage: ThanosStorage | None,
        workspace: ManagedPrometheusOutputs | None,
        identity: MonitoringIdentityOutputs,
    ) -> ITerraformDependable:
        values = compose_values(
            ValuesProps(
                cluster_name=self.environment.cluster_name,
                region=self.environment.region,
                labels=self.environment.labels,
                storage_class_name=self.storage_class_name,
                roles=identity.roles,
                object_store_secret=None if storage is None else storage.secret.name,
                remote_write=[] if workspace is None else [workspace.remote_write(self.settings.managed_prometheus)],
                data_sources=self._data_sources(workspace),
                manifests=self._manifests(),
                cluster_addons=self.environment.cluster_addons.enabled,
                settings=self.settings,
            )
        )
        release = KubePrometheusStack(
            self,
            "kube-prometheus-stack",
            KubePrometheusStackProps(
                namespace=self.namespace,
                values=values,
                settings=self.settings,
                depends_on=[*identity.policies, *([] if storage is None else [storage.secret.secret])],
            ),
        )
        return release.outputs.release

    def _manifests(self) -> list[Values]:
        """Return what needs the CRDs that the release brings."""
        settings, label = self.settings, self.settings.monitor_label
        place = MonitorPlace(namespace=settings.namespace, labels={**self.environment.labels, label.key: label.value})
        return [
            *probe_manifests(
                settings.probes,
                namespace=settings.namespace,
                labels=self.environment.labels,
                monitor_label=label,
            ),
            *addon_monitors(self.environment.cluster_addons, place),
            *service_monitors(settings.services, place),
            *mesh_monitors(settings.istio, place),
            *([kiali_monitor(settings.namespace, place)] if settings.has_kiali else []),
        ]

    def _data_sources(self, workspace: ManagedPrometheusOutputs | None) -> list[Values]:
        thanos = [thanos_data_source(self.settings.namespace)] if self.settings.thanos.has_read_path else []
        return thanos + ([] if workspace is None else [workspace.grafana_data_source()])

    def _create_companions(self, release: ITerraformDependable, storage: ThanosStorage | None) -> None:
        settings, labels = self.settings, self.environment.labels
        GrafanaDashboards(
            self,
            "dashboards",
            GrafanaDashboardsProps(
                namespace=self.namespace,
                labels=labels,
                dashboards=installed_dashboards(settings, self.environment.cluster_addons.enabled),
            ),
        )
        context = CompanionContext(
            namespace=settings.namespace,
            labels=labels,
            monitor_label=settings.monitor_label,
            image_registry=settings.image_registry,
            image_pull_secrets=settings.image_pull_secrets,
            placement=settings.placement,
            timeout_seconds=settings.timeout_seconds,
            stack_release=release,
            stack_release_name=settings.release_name,
        )
        if settings.probes.enabled:
            BlackboxExporter(
                self, "blackbox-exporter", BlackboxExporterProps(settings=settings.probes, context=context)
            )
        if settings.has_kiali:
            from constructs.monitoring.kiali import Kiali, KialiProps

            ingress = settings.grafana.ingress
            Kiali(
                self,
                "kiali",
                KialiProps(
                    istio=settings.istio,
                    grafana_host=None if ingress is None else ingress.host,
                    has_grafana=settings.grafana.enabled,
                    context=context,
                ),
            )
        if storage is not None and settings.thanos.has_read_path:
            ThanosReadPath(
                self,
                "thanos",
                ThanosReadPathProps(
                    cluster_name=self.environment.cluster_name,
                    oidc_issuer=self.cluster.irsa_issuer,
                    bucket=storage.bucket,
                    secret=storage.secret,
                    storage_class_name=self.storage_class_name,
                    settings=settings.thanos,
                    context=context,
                ),
            )

    def _create_managed_grafana(self, network: NetworkStack | None, workspace: ManagedPrometheusOutputs | None) -> None:
        if not self.settings.managed_grafana.enabled:
            return
        from constructs.monitoring.managed_grafana import ManagedGrafana, ManagedGrafanaProps

        ManagedGrafana(
            self,
            "managed-grafana",
            ManagedGrafanaProps(
                name=self.environment.cluster_name,
                account=self.account,
                settings=self.settings.managed_grafana,
                network=self._network_of_grafana(network),
                prometheus=workspace,
            ),
        )

    def _network_of_grafana(self, network: NetworkStack | None) -> GrafanaNetwork | None:
        settings = self.environment.network
        if network is None or settings is None or not self.settings.managed_grafana.needed_endpoints():
            return None
        from constructs.monitoring.managed_grafana import GrafanaNetwork

        published = self.read(network, NetworkOutputs)
        return GrafanaNetwork(
            vpc_id=published.vpc_id,
            vpc_cidr=str(settings.vpc_cidr),
            private_subnet_ids=published.private_subnet_ids,
        )
