"""What the features of the monitoring have as scope: the stack with its cluster, its namespace and its volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.monitoring.monitored_namespaces import MonitoredNamespaces, MonitoredNamespacesProps
from constructs.monitoring.monitoring_namespace import MonitoringNamespace, MonitoringNamespaceProps
from constructs.monitoring.service_monitors import MonitorPlace
from stacks.base import EnvironmentStack
from stacks.cluster_reference import pod_roles, refer_to_cluster
from stacks.outputs import CsiAddonOutputs, KubePromStackOutputs

if TYPE_CHECKING:
    from config.environment import Environment
    from constructs import Construct
    from stacks.cluster_addons import ClusterAddonsStack
    from stacks.cluster_reference import ClusterSource
    from stacks.csi_addon import CsiAddonStack


class MonitoringStack(EnvironmentStack):
    """`<environment>-kube-prom-stack` with its providers and namespaces.

    Attributes:
        settings: The kube_prom_stack section of the environment.
        cluster: The cluster that is monitored.
        pod_roles: What roles of pods are made with, where there are any.
        storage_class_name: The class of all volumes; None stands for the cluster's default.
        namespace: Name of the created namespace, a reference: resources that use it depend on the namespace.

    """

    NAME = KubePromStackOutputs.PRODUCER

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        cluster: ClusterSource,
        csi_addon: CsiAddonStack | None,
        cluster_addons: ClusterAddonsStack | None,
    ) -> None:
        super().__init__(scope, environment)
        if cluster_addons is not None:
            self.add_dependency(cluster_addons)  # stacks/cluster_addons.py says why
        self.settings = environment.kube_prom_stack
        self.cluster = refer_to_cluster(self, cluster)
        self.pod_roles = pod_roles(self, self.cluster)
        self.cluster.login.add_kubernetes_provider()
        self.cluster.login.add_helm_provider()
        self.storage_class_name = self._find_storage_class(csi_addon)
        self.namespace = self._create_namespaces()

    @property
    def monitor_place(self) -> MonitorPlace:
        """Where the monitors of the features are put, and the labels by which Prometheus selects them."""
        label = self.settings.monitor_label
        return MonitorPlace(
            namespace=self.settings.namespace, labels={**self.environment.labels, label.key: label.value}
        )

    def _find_storage_class(self, csi_addon: CsiAddonStack | None) -> str | None:
        """Return the chosen class, or the csi-addon's."""
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
