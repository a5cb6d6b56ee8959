"""Where an environment is: in a network of its own, in an EKS cluster that exists, or in a cluster of a kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from config.cluster.existing_cluster import NAMES_NOT_ONE
from config.core.settings import Problem

if TYPE_CHECKING:
    from config.cluster.cluster import ClusterSettings
    from config.network.network import NetworkSettings


@dataclass(frozen=True, kw_only=True)
class OwnCluster:
    """A network and a cluster that the environment makes."""

    region: str
    network: NetworkSettings


@dataclass(frozen=True, kw_only=True)
class ExistingEks:
    """An EKS cluster that is there; without an ARN its OIDC provider is looked up."""

    region: str
    name: str
    oidc_provider_arn: str | None


@dataclass(frozen=True, kw_only=True)
class KubeconfigCluster:
    """A cluster of a kubeconfig, in AWS where there is a region, with roles for pods where there is an issuer.

    Attributes:
        issuer_url: URL of the issuer of service account tokens.
        oidc_provider_arn: The IAM OIDC provider that trusts it.

    """

    region: str | None
    path: str
    context: str
    issuer_url: str | None
    oidc_provider_arn: str | None


Place = OwnCluster | ExistingEks | KubeconfigCluster
Refusals = dict[str, Problem]
_NEEDS_REGION: Final = Problem((), "is in AWS: the environment needs a region")


def place_of(cluster: ClusterSettings, region: str | None, network: NetworkSettings | None) -> Place | Refusals:
    """Return where the environment is, or what is wrong with its cluster by the field that it is missing or not."""
    existing = cluster.existing
    if existing is None:
        if region is not None and network is not None:
            return OwnCluster(region=region, network=network)
        return {
            **({"region": _NEEDS_REGION} if region is None else {}),
            **({"network": Problem((), "needs the network section")} if network is None else {}),
        }
    if network is not None:
        refused = {"network": Problem((), "has its network; remove the network section")}
        return {"region": _NEEDS_REGION, **refused} if existing.eks is not None and region is None else refused
    if existing.eks is not None:
        if region is None:
            return {"region": _NEEDS_REGION}
        return ExistingEks(region=region, name=existing.eks, oidc_provider_arn=existing.oidc_provider_arn)
    if existing.kubeconfig_context is None:
        return {"cluster": NAMES_NOT_ONE}
    return KubeconfigCluster(
        region=region,
        path=existing.kubeconfig_path,
        context=existing.kubeconfig_context,
        issuer_url=existing.issuer_url,
        oidc_provider_arn=existing.oidc_provider_arn,
    )
