"""The kube-prom-stack stack: the monitoring of the cluster, and what it keeps and shows outside of it.

Every feature (stacks/monitoring) contributes to one release, to the roles of its pods, and to further releases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.monitoring.installed_files import installed_dashboards, installed_rules
from config.monitoring.prometheus.query_features import features_of_queries
from constructs.monitoring.companion_release import CompanionContext
from constructs.monitoring.contribution import Contribution, joined
from constructs.monitoring.grafana_dashboards import GrafanaDashboards, GrafanaDashboardsProps
from constructs.monitoring.kube_prometheus_stack import KubePrometheusStack, KubePrometheusStackProps
from constructs.monitoring.monitoring_identity import (
    MonitoringIdentity,
    MonitoringIdentityOutputs,
    MonitoringIdentityProps,
)
from constructs.monitoring.values.kube_prometheus_values import compose_values
from constructs.monitoring.values.values_props import RoleArns, ServiceAccounts, ValuesProps
from stacks.monitoring.base import MonitoringStack
from stacks.monitoring.features import FEATURES
from stacks.monitoring.managed_grafana import create_managed_grafana
from stacks.outputs import KubePromStackOutputs

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.environment import Environment
    from constructs import Construct
    from stacks.cluster_addons import ClusterAddonsStack
    from stacks.cluster_reference import ClusterSource
    from stacks.csi_addon import CsiAddonStack
    from stacks.network import NetworkStack


class KubePromStackStack(MonitoringStack):
    """`<environment>-kube-prom-stack`."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        network: NetworkStack | None,
        cluster: ClusterSource,
        csi_addon: CsiAddonStack | None,
        cluster_addons: ClusterAddonsStack | None,
    ) -> None:
        super().__init__(scope, environment, cluster=cluster, csi_addon=csi_addon, cluster_addons=cluster_addons)
        self.dashboards = installed_dashboards(environment)
        features = joined(contribute(self) for contribute in FEATURES)
        identity = self._create_identity(features)
        release = self._create_release(features, identity)
        self._create_dashboards()
        context = self._companion_context(release)
        for create in features.companions:
            create(context)
        create_managed_grafana(self, features, network)
        KubePromStackOutputs(namespace=self.namespace).publish(self)

    def _create_identity(self, features: Contribution) -> MonitoringIdentityOutputs:
        if self.pod_roles is None:
            return MonitoringIdentityOutputs(roles=RoleArns(), policies=[])
        props = MonitoringIdentityProps(
            cluster_name=self.environment.cluster_name,
            oidc_issuer=self.pod_roles.oidc_issuer,
            service_accounts=ServiceAccounts(self.settings),
            prometheus=features.prometheus_policies,
            alertmanager=features.alertmanager_policies,
            grafana=features.grafana_policies if self.settings.grafana.enabled else {},
            prometheus_role_name=self.settings.prometheus.role_name,
        )
        return MonitoringIdentity(self, "identity", props).outputs

    def _create_release(self, features: Contribution, identity: MonitoringIdentityOutputs) -> ITerraformDependable:
        values = ValuesProps(
            cluster_name=self.environment.cluster_name,
            region=self.environment.region,
            labels=self.environment.labels,
            storage_class_name=self.storage_class_name,
            roles=identity.roles,
            rules=installed_rules(self.environment),
            query_features=features_of_queries(self.environment),
            dashboards=self.dashboards,
            features=features,
            settings=self.settings,
        )
        props = KubePrometheusStackProps(
            namespace=self.namespace,
            values=compose_values(values),
            settings=self.settings,
            depends_on=[*identity.policies, *features.depends_on],
        )
        return KubePrometheusStack(self, "kube-prometheus-stack", props).outputs.release

    def _create_dashboards(self) -> None:
        props = GrafanaDashboardsProps(
            namespace=self.namespace, labels=self.environment.labels, dashboards=self.dashboards
        )
        GrafanaDashboards(self, "dashboards", props)

    def _companion_context(self, release: ITerraformDependable) -> CompanionContext:
        settings = self.settings
        return CompanionContext(
            namespace=settings.namespace,
            labels=self.environment.labels,
            monitor_label=settings.monitor_label,
            image_registry=settings.image_registry,
            image_pull_secrets=settings.image_pull_secrets,
            placement=settings.placement,
            timeout_seconds=settings.timeout_seconds,
            stack_release=release,
            stack_release_name=settings.release_name,
        )
