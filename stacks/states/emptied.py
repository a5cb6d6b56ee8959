"""Stacks that the settings no longer ask for and that have a state: they stay until an apply has emptied them.

Without them what was deployed would stay forever, seen by no plan. Synthesis reads local states; of remote ones it
knows what the last command found (`operations/remaining`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from config.backend import LocalBackend
from config.core.files.local_states import FOLDER, SUFFIX, providers_of
from config.core.files.remote_states import remaining
from stacks.base import EnvironmentStack
from stacks.cluster_reference import refer_to_cluster
from stacks.outputs import ClusterAddonsOutputs, CsiAddonOutputs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cdktf import App

    from config.environment import Environment
    from stacks.cluster_reference import ClusterSource


class EmptiedStack(EnvironmentStack):
    """A stack with the providers of its state and nothing else, which comes after every stack that may have read it."""

    def __init__(
        self,
        app: App,
        environment: Environment,
        *,
        providers: Collection[str],
        cluster: ClusterSource,
        after: Sequence[EnvironmentStack],
    ) -> None:
        super().__init__(app, environment)
        login = refer_to_cluster(self, cluster).login
        if "helm" in providers:
            login.add_helm_provider()
        if "kubernetes" in providers:
            login.add_kubernetes_provider()
        for stack in after:
            self.add_dependency(stack)


class EmptiedCsiAddonStack(EmptiedStack):
    """`<environment>-csi-addon`, switched off."""

    NAME = CsiAddonOutputs.PRODUCER


class EmptiedClusterAddonsStack(EmptiedStack):
    """`<environment>-cluster-addons`, with every add-on switched off."""

    NAME = ClusterAddonsOutputs.PRODUCER


class EmptiedWorkloadsStack(EmptiedStack):
    """`<environment>-workloads`, without a workload."""

    NAME = "workloads"


OPTIONAL = (EmptiedWorkloadsStack, EmptiedClusterAddonsStack, EmptiedCsiAddonStack)


def add_emptied_stacks(
    app: App, environment: Environment, *, cluster: ClusterSource, made: Sequence[EnvironmentStack]
) -> list[EmptiedStack]:
    """Add the stacks that the settings no longer ask for and whose state has resources."""
    names = {stack.NAME for stack in made}
    emptied: list[EmptiedStack] = []
    for kind in OPTIONAL:
        providers = set() if kind.NAME in names else _providers(app, environment, f"{environment.name}-{kind.NAME}")
        if providers:
            after = [*made, *emptied]
            emptied.append(kind(app, environment, providers=providers, cluster=cluster, after=after))
    return emptied


def _providers(app: App, environment: Environment, stack: str) -> set[str]:
    """Return the providers of the resources in a state."""
    # One process of several writes a part of the output folder, which is next to it in a folder of its own.
    for root in Path(app.outdir).absolute().parents[:2]:
        if isinstance(environment.backend, LocalBackend):
            found = providers_of(root / FOLDER / f"{stack}{SUFFIX}")
        else:
            found = set(remaining(root, environment.name).get(stack, ()))
        if found:
            return found
    return set()
