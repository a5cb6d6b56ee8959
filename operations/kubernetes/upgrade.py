"""Reports how to take a cluster to another Kubernetes version, step by step: `./eks upgrade dev --to 1.36`.

The order is EKS' own: control plane, add-ons, nodes, and last what follows the cluster's version, as its autoscaler
does. Nothing is changed; the steps are commands. https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from config import versions
from config.core import aws
from config.core.errors import UsageError
from operations.console import print_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from config.environment import Environment

Object = dict[str, Any]

RESOLVED: Final = ("default", "latest")


def upgrade(environment: Environment, to: str) -> int:
    """Print what blocks an upgrade, and its steps; return 1 where something does, else 0.

    Raises:
        UsageError: The cluster is not the environment's own, or the version is none to upgrade to.

    """
    minors = _minors(environment, to)
    found = [*pinned_addons(environment), *removed_apis(_objects(environment), minors)]
    for problem in found:
        print_text(f"before: {problem}", style="red")
    for number, step in enumerate(steps(environment, minors), start=1):
        print_text(f"{number}. {step}")
    return 1 if found else 0


def _minors(environment: Environment, to: str) -> list[str]:
    """Return the versions from the one after the cluster's to the wanted one."""
    cluster = environment.cluster
    if cluster.existing is not None:
        raise UsageError(f"the cluster of {environment.name} is managed elsewhere; upgrade it there")
    if to not in aws.KUBERNETES_SUPPORT:
        raise UsageError(f"{to} is not a version that EKS supports; there are {', '.join(aws.KUBERNETES_SUPPORT)}")
    before, after = (int(version.partition(".")[2]) for version in (cluster.version, to))
    if after == before:
        raise UsageError(f"{environment.name} has version {to} already")
    if after < before:
        raise UsageError(f"EKS never takes a version back, from {cluster.version} to {to}")
    return [f"1.{minor}" for minor in range(before + 1, after + 1)]


def steps(environment: Environment, minors: Iterable[str]) -> Iterator[str]:
    """Yield the steps in their order, each version after the other."""
    name = environment.name
    yield f"back up what the cluster holds, and see that it is well: ./eks check cluster {name}"
    for version in minors:
        yield f'set cluster.version to "{version}" in values/environments/{name}.yaml'
        yield (
            f"./eks deploy {name}-cluster: the control plane (about 10 minutes, its API answers with short breaks), "
            f"then vpc-cni, kube-proxy and the Pod Identity agent, then {_nodes(environment)}, then coredns"
        )
        if environment.has_csi_addon:
            yield f"./eks deploy {name}-csi-addon: the EBS CSI driver in the version for {version}"
        if environment.cluster_addons.cluster_autoscaler.enabled:
            tag = versions.CLUSTER_AUTOSCALER_TAGS.get(version, "of the chart")
            yield f"./eks deploy {name}-cluster-addons: the cluster autoscaler {tag}"
        yield f"./eks check cluster {name}, and kubectl get nodes: each with {version}"
    yield f"./eks plan {name}: nothing is left to change"


def _nodes(environment: Environment) -> str:
    groups = environment.cluster.node_groups
    if not groups:
        return "the nodes of Auto Mode, as AWS replaces them"
    return f"the nodes of {', '.join(groups)}, as many at once as update_config allows"


def pinned_addons(environment: Environment) -> Iterator[str]:
    """Yield the add-ons whose version is pinned: EKS may not have it for the new version."""
    cluster = environment.cluster
    pinned = {
        "vpc-cni": cluster.addons.vpc_cni.version,
        "kube-proxy": cluster.addons.kube_proxy.version,
        "eks-pod-identity-agent": cluster.addons.eks_pod_identity_agent.version,
        "coredns": cluster.addons.coredns.version,
    }
    if environment.has_csi_addon:
        pinned["aws-ebs-csi-driver"] = environment.csi_addon.addon.version
    for addon, version in pinned.items():
        if version not in RESOLVED:
            yield (
                f"{addon} is pinned to {version}: set it to default, or to one of "
                f"aws eks describe-addon-versions --addon-name {addon} --kubernetes-version VERSION"
            )


def removed_apis(objects: Iterable[Object], minors: Iterable[str]) -> Iterator[str]:
    """Yield the objects that an API server of a later version no longer takes.

    https://kubernetes.io/docs/reference/using-api/deprecation-guide/
    """
    try:
        # 108 MB of schemas, which nothing else that users run needs.
        import kubernetes_validate  # type: ignore[import-untyped]  # noqa: PLC0415 - no types; optional
        from kubernetes_validate.utils import (  # type: ignore[import-untyped]  # noqa: PLC0415 - as above
            SchemaNotFoundError,
            VersionNotSupportedError,
        )
    except ModuleNotFoundError:
        yield "APIs were not checked: kubernetes-validate is missing; 'make .venv/.complete-development' installs it"
        return

    last = list(minors)[-1]
    for one in objects:
        try:
            kubernetes_validate.validate(one, last, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{one['kind']} {one['metadata']['name']}: {last} does not take it: {error.message}"
        except SchemaNotFoundError:
            # A custom resource, or a removed API; the first has a group with a dot that is not Kubernetes' own.
            if not _is_custom(one):
                yield f"{one['kind']} {one['metadata']['name']}: {last} has no {one['apiVersion']}"
        except VersionNotSupportedError:
            yield f"the schemas of {last} are not in this release of kubernetes-validate: APIs were not checked"
            return


def _is_custom(one: Object) -> bool:
    group, slash, _ = one["apiVersion"].partition("/")
    return bool(slash) and "." in group and not group.endswith(".k8s.io")


def _objects(environment: Environment) -> list[Object]:
    """Return the objects of the environment's own charts and of extra_manifests."""
    from operations.runs.folders import current_stacks  # noqa: PLC0415 - synthesizes

    releases = (
        release
        for stack in current_stacks().stacks.values()
        if stack.environment == environment.name
        for release in stack.configuration["resource"].get("helm_release", {}).values()
    )
    return [*objects_of(releases), *environment.kube_prom_stack.extra_manifests]


def objects_of(releases: Iterable[Mapping[str, Any]]) -> Iterator[Object]:
    """Yield the objects that are in the values of releases."""
    for release in releases:
        for text in release.get("values", ()):
            found = json.loads(text).get("objects")
            yield from found.values() if isinstance(found, dict) else ()
