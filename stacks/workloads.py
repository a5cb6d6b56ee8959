"""The workloads stack: the applications that an environment lists, and their namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.workloads.workload_files import existing_namespaces, namespace_of, read_workloads
from constructs.helm.objects_chart import ObjectsChart
from constructs.monitoring.grafana_dashboards import GrafanaDashboards, GrafanaDashboardsProps
from constructs.workloads.workload import Workload, WorkloadProps, WorkloadRole
from constructs.workloads.workload_context import WorkloadContext
from constructs.workloads.workload_namespace import WorkloadNamespace, WorkloadNamespaceProps
from constructs.workloads.workload_policies import workload_policies
from stacks.base import EnvironmentStack
from stacks.cluster_reference import pod_roles, refer_to_cluster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdktf import ITerraformDependable

    from config.environment import Environment
    from config.workloads.workloads import Workload as WorkloadSettings
    from constructs import Construct
    from constructs.workloads.workload_namespace import PodSecurity
    from stacks.cluster_reference import ClusterSource
    from stacks.monitoring.kube_prom_stack import KubePromStackStack


class WorkloadsStack(EnvironmentStack):
    """`<environment>-workloads`."""

    NAME = "workloads"

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        cluster: ClusterSource,
        kube_prom_stack: KubePromStackStack,
    ) -> None:
        super().__init__(scope, environment)
        self.workloads = read_workloads(environment)
        self.cluster = refer_to_cluster(self, cluster)
        self.pod_roles = pod_roles(self, self.cluster)
        # Its release brings the definitions of monitors and rules, and its operator the webhook that checks them.
        self.add_dependency(kube_prom_stack)
        self.cluster.login.add_kubernetes_provider()
        self.cluster.login.add_helm_provider()
        namespaces = self._create_namespaces()
        self._create_dashboards(kube_prom_stack.dashboards)
        chart = ObjectsChart(self, "objects-chart")
        for name, settings in self.workloads.items():
            namespace = namespaces.get(namespace_of(name, settings))
            Workload(
                self,
                f"workload-{name}",
                WorkloadProps(
                    settings=settings,
                    context=self._context(name, settings),
                    role=self._role(name, settings),
                    chart=chart,
                    depends_on=() if namespace is None else (namespace,),
                ),
            )

    def _create_namespaces(self) -> dict[str, ITerraformDependable]:
        """Make the namespaces that no other stack has; the workload that needs most decides on Pod Security."""
        needs: dict[str, PodSecurity] = {}
        for name, settings in self.workloads.items():
            namespace = namespace_of(name, settings)
            if namespace not in existing_namespaces(self.environment):
                needs[namespace] = min(settings.security.pod_security, needs.get(namespace, "restricted"))
        return {name: self._create_namespace(name, pod_security) for name, pod_security in needs.items()}

    def _create_namespace(self, name: str, pod_security: PodSecurity) -> ITerraformDependable:
        props = WorkloadNamespaceProps(
            name=name,
            labels=self.environment.labels,
            monitoring_label=self.environment.kube_prom_stack.namespace_label,
            pod_security=pod_security,
        )
        return WorkloadNamespace(self, f"namespace-{name}", props).namespace

    def _create_dashboards(self, installed: Iterable[str]) -> None:
        """Make the dashboards that the kube-prom-stack stack leaves out; a second one of a uid confuses Grafana."""
        settings = self.environment.kube_prom_stack
        wanted = {dashboard for workload in self.workloads.values() for dashboard in workload.dashboards}
        GrafanaDashboards(
            self,
            "dashboards",
            GrafanaDashboardsProps(
                namespace=settings.namespace,
                labels=self.environment.labels,
                dashboards=sorted(wanted.difference(installed)),
            ),
        )

    def _context(self, name: str, settings: WorkloadSettings) -> WorkloadContext:
        environment = self.environment
        return WorkloadContext(
            name=name,
            namespace=namespace_of(name, settings),
            labels=environment.labels,
            monitor_label=environment.kube_prom_stack.monitor_label,
            storage_class_name=environment.csi_addon.storage_class.name
            if environment.has_csi_addon
            else environment.kube_prom_stack.storage_class_name,
            has_ipv6=environment.cluster.ip_family == "ipv6",
        )

    def _role(self, name: str, settings: WorkloadSettings) -> WorkloadRole | None:
        if not settings.aws.is_needed or self.pod_roles is None:
            return None
        return WorkloadRole(
            name=f"{self.environment.cluster_name}-workload-{name}",
            oidc_issuer=self.pod_roles.oidc_issuer,
            policies=workload_policies(settings.aws, self.pod_roles.account),
        )
