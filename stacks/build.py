"""The stacks of one environment, wired to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from config.cluster.iam import IamSettings
from config.place import KubeconfigCluster, OwnCluster
from constructs.aws.iam_role import set_on_every_role
from stacks.cluster import ClusterStack
from stacks.csi_addon import CsiAddonStack
from stacks.monitoring.kube_prom_stack import KubePromStackStack
from stacks.network import NetworkStack
from stacks.states.emptied import add_emptied_stacks
from stacks.states.imports import add_import_blocks
from stacks.states.moves import add_moved_blocks

if TYPE_CHECKING:
    from cdktf import App

    from config.environment import Environment
    from stacks.base import EnvironmentStack
    from stacks.cluster_reference import ClusterSource

# cdktf's validations run `terraform version` for the cloud backend, terraform_data and `moved` blocks, and synthesis
# needs no Terraform: a deploy checks its version, and a test that every resource has a provider.
APP_OPTIONS: Final[dict[str, Any]] = {"skip_validation": True}


def build_stacks(app: App, environment: Environment) -> None:
    """Add every stack of the environment to the app, and those that are to be emptied; each one in its order."""
    made: list[EnvironmentStack] = []
    place, network = environment.place, None
    if isinstance(place, OwnCluster):
        network = NetworkStack(app, environment, place=place)
        own_cluster = ClusterStack(app, environment, network=network)
        made += [network, own_cluster]
        cluster: ClusterSource = own_cluster
    else:
        cluster = place
    csi_addon = None
    if environment.has_csi_addon and not isinstance(cluster, KubeconfigCluster):
        csi_addon = CsiAddonStack(app, environment, cluster=cluster)
    cluster_addons = None
    if environment.cluster_addons.enabled:
        from stacks.cluster_addons import ClusterAddonsStack

        cluster_addons = ClusterAddonsStack(app, environment, cluster=cluster)
    kube_prom_stack = KubePromStackStack(
        app, environment, network=network, cluster=cluster, csi_addon=csi_addon, cluster_addons=cluster_addons
    )
    grafana_content = None
    if environment.grafana_content.enabled and environment.region is not None:
        from stacks.monitoring.grafana_content import GrafanaContentStack

        grafana_content = GrafanaContentStack(
            app, environment, region=environment.region, kube_prom_stack=kube_prom_stack
        )
    workloads = None
    if environment.workloads:
        from stacks.workloads import WorkloadsStack

        workloads = WorkloadsStack(app, environment, cluster=cluster, kube_prom_stack=kube_prom_stack)
    made += [
        stack for stack in (csi_addon, cluster_addons, kube_prom_stack, grafana_content, workloads) if stack is not None
    ]
    made += add_emptied_stacks(app, environment, cluster=cluster, made=made)
    if environment.iam != IamSettings():
        for stack in made:
            set_on_every_role(stack, environment.iam)
    if environment.overrides:
        # Only who has overrides pays for looking at the types of the resources.
        from stacks.overrides import apply_overrides

        apply_overrides(made)
    add_import_blocks(made)
    add_moved_blocks(made)
