"""The cluster that a stack works in: the environment's own, an existing EKS cluster, or one of a kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.place import ExistingEks, KubeconfigCluster
from constructs.aws.irsa_role import OidcIssuer
from stacks.cluster import ClusterStack
from stacks.kubernetes_providers import EksLogin, KubeconfigLogin
from stacks.outputs import ClusterOutputs

if TYPE_CHECKING:
    from constructs.aws.account import Account
    from stacks.base import EnvironmentStack
    from stacks.kubernetes_providers import ClusterLogin

EksSource = ClusterStack | ExistingEks
ClusterSource = EksSource | KubeconfigCluster


@dataclass(frozen=True, kw_only=True)
class EksReference:
    """What stacks know of a cluster on EKS.

    Attributes:
        version: Its Kubernetes version, as `1.35`.
        oidc_issuer: What roles of pods trust (IRSA).
        vpc_id: The network of its nodes.
        has_ipv6: Whether its pods have IPv6 addresses; of a cluster that exists it is not known.
        security_group_id: The group of its nodes and control plane.
        login: How the providers log in.

    """

    version: str
    oidc_issuer: OidcIssuer
    vpc_id: str
    has_ipv6: bool
    security_group_id: str
    login: ClusterLogin


@dataclass(frozen=True, kw_only=True)
class KubeconfigReference:
    """What stacks know of a cluster of a kubeconfig; without an issuer no pod has a role."""

    oidc_issuer: OidcIssuer | None
    login: ClusterLogin


ClusterReference = EksReference | KubeconfigReference


@dataclass(frozen=True, kw_only=True)
class PodRoles:
    """What roles of pods are made with: the account, which is looked up where it is asked for, and their issuer."""

    stack: EnvironmentStack
    region: str
    oidc_issuer: OidcIssuer

    @property
    def account(self) -> Account:
        """The account that the stack is deployed to."""
        return self.stack.account_in(self.region)


def pod_roles(stack: EnvironmentStack, cluster: ClusterReference) -> PodRoles | None:
    """Return what roles of pods are made with; None outside AWS, and where nothing trusts the cluster's tokens."""
    region, issuer = stack.environment.region, cluster.oidc_issuer
    return None if region is None or issuer is None else PodRoles(stack=stack, region=region, oidc_issuer=issuer)


def refer_to_cluster(stack: EnvironmentStack, cluster: ClusterSource) -> ClusterReference:
    """Return the cluster of the stack's environment: from the cluster stack's outputs, or looked up."""
    if isinstance(cluster, KubeconfigCluster):
        return _kubeconfig_cluster(stack, cluster)
    return refer_to_eks(stack, cluster)


def refer_to_eks(stack: EnvironmentStack, cluster: EksSource) -> EksReference:
    """Return the EKS cluster of the stack's environment."""
    return _existing_cluster(stack, cluster) if isinstance(cluster, ExistingEks) else _own_cluster(stack, cluster)


def _own_cluster(stack: EnvironmentStack, cluster: ClusterStack) -> EksReference:
    published = stack.read(cluster, ClusterOutputs)
    return EksReference(
        version=stack.environment.cluster.version,
        oidc_issuer=OidcIssuer(url=published.oidc_issuer_url, provider_arn=published.oidc_provider_arn),
        vpc_id=published.vpc_id,
        has_ipv6=stack.environment.cluster.ip_family == "ipv6",
        security_group_id=published.cluster_security_group_id,
        login=EksLogin(
            stack,
            region=cluster.region,
            cluster_name=published.cluster_name,
            endpoint=published.cluster_endpoint,
            certificate_authority=published.cluster_certificate_authority,
        ),
    )


def _existing_cluster(stack: EnvironmentStack, existing: ExistingEks) -> EksReference:
    from cdktf_cdktf_provider_aws.data_aws_eks_cluster import DataAwsEksCluster

    cluster = DataAwsEksCluster(stack, "cluster", name=existing.name)
    issuer_url = cluster.identity.get(0).oidc.get(0).issuer
    provider_arn = existing.oidc_provider_arn
    if provider_arn is None:
        from cdktf_cdktf_provider_aws.data_aws_iam_openid_connect_provider import DataAwsIamOpenidConnectProvider

        provider_arn = DataAwsIamOpenidConnectProvider(stack, "oidc-provider", url=issuer_url).arn
    return EksReference(
        version=cluster.version,
        oidc_issuer=OidcIssuer(url=issuer_url, provider_arn=provider_arn),
        vpc_id=cluster.vpc_config.get(0).vpc_id,
        has_ipv6=False,
        security_group_id=cluster.vpc_config.get(0).cluster_security_group_id,
        login=EksLogin(
            stack,
            region=existing.region,
            cluster_name=cluster.name,
            endpoint=cluster.endpoint,
            certificate_authority=cluster.certificate_authority.get(0).data,
        ),
    )


def _kubeconfig_cluster(stack: EnvironmentStack, cluster: KubeconfigCluster) -> KubeconfigReference:
    issuer = None
    if cluster.issuer_url is not None and cluster.oidc_provider_arn is not None:
        issuer = OidcIssuer(url=cluster.issuer_url, provider_arn=cluster.oidc_provider_arn)
    return KubeconfigReference(
        oidc_issuer=issuer, login=KubeconfigLogin(stack, path=cluster.path, context=cluster.context)
    )
