"""The cluster that a stack works in: the environment's own, an existing EKS cluster, or one of a kubeconfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs.aws.irsa_role import OidcIssuer
from stacks.kubernetes_providers import ClusterLogin, EksLogin, KubeconfigLogin
from stacks.outputs import ClusterOutputs

if TYPE_CHECKING:
    from config.cluster.existing_cluster import ExistingCluster
    from stacks.base import EnvironmentStack
    from stacks.cluster import ClusterStack


@dataclass(frozen=True, kw_only=True)
class ClusterReference:
    """What stacks know of a cluster; None: the cluster has no such thing.

    `version` is its Kubernetes version, `oidc_issuer` what IRSA roles trust, `vpc_id` where its nodes are,
    `security_group_id` the group of its nodes and control plane.
    """

    name: str
    version: str | None
    oidc_issuer: OidcIssuer | None
    vpc_id: str | None
    security_group_id: str | None
    login: ClusterLogin

    @property
    def eks_version(self) -> str:
        """The Kubernetes version, of a cluster that is on EKS: the settings were checked to have one."""
        if self.version is None:
            raise ValueError(f"cluster {self.name} is not on EKS")
        return self.version

    @property
    def eks_vpc_id(self) -> str:
        """The network of the nodes, of a cluster that is on EKS: the settings were checked to have one."""
        if self.vpc_id is None:
            raise ValueError(f"cluster {self.name} is not on EKS")
        return self.vpc_id

    @property
    def eks_security_group_id(self) -> str:
        """The group of nodes and control plane, of a cluster that is on EKS: the settings were checked to have one."""
        if self.security_group_id is None:
            raise ValueError(f"cluster {self.name} is not on EKS")
        return self.security_group_id

    @property
    def irsa_issuer(self) -> OidcIssuer:
        """The issuer, of a cluster in which roles are needed: the settings were checked to have one."""
        if self.oidc_issuer is None:
            raise ValueError(f"cluster {self.name} has no OIDC provider")
        return self.oidc_issuer


def refer_to_cluster(stack: EnvironmentStack, cluster: ClusterStack | None) -> ClusterReference:
    """Return the cluster of the stack's environment: from the cluster stack's outputs, or looked up."""
    existing = stack.environment.existing_cluster
    if cluster is not None:
        return _own_cluster(stack, cluster)
    if existing is None:
        raise ValueError(f"{stack.stack_name} has neither a cluster stack nor an existing cluster")
    return _kubeconfig_cluster(stack, existing) if existing.eks is None else _eks_cluster(stack, existing)


def _own_cluster(stack: EnvironmentStack, cluster: ClusterStack) -> ClusterReference:
    published = stack.read(cluster, ClusterOutputs)
    return ClusterReference(
        name=published.cluster_name,
        version=stack.environment.cluster.version,
        oidc_issuer=OidcIssuer(url=published.oidc_issuer_url, provider_arn=published.oidc_provider_arn),
        vpc_id=published.vpc_id,
        security_group_id=published.cluster_security_group_id,
        login=EksLogin(
            stack,
            cluster_name=published.cluster_name,
            endpoint=published.cluster_endpoint,
            certificate_authority=published.cluster_certificate_authority,
        ),
    )


def _eks_cluster(stack: EnvironmentStack, existing: ExistingCluster) -> ClusterReference:
    from cdktf_cdktf_provider_aws.data_aws_eks_cluster import DataAwsEksCluster

    cluster = DataAwsEksCluster(stack, "cluster", name=str(existing.eks))
    issuer_url = cluster.identity.get(0).oidc.get(0).issuer
    provider_arn = existing.oidc_provider_arn
    if provider_arn is None:
        from cdktf_cdktf_provider_aws.data_aws_iam_openid_connect_provider import DataAwsIamOpenidConnectProvider

        provider_arn = DataAwsIamOpenidConnectProvider(stack, "oidc-provider", url=issuer_url).arn
    return ClusterReference(
        name=cluster.name,
        version=cluster.version,
        oidc_issuer=OidcIssuer(url=issuer_url, provider_arn=provider_arn),
        vpc_id=cluster.vpc_config.get(0).vpc_id,
        security_group_id=cluster.vpc_config.get(0).cluster_security_group_id,
        login=EksLogin(
            stack,
            cluster_name=cluster.name,
            endpoint=cluster.endpoint,
            certificate_authority=cluster.certificate_authority.get(0).data,
        ),
    )


def _kubeconfig_cluster(stack: EnvironmentStack, existing: ExistingCluster) -> ClusterReference:
    issuer = None
    if existing.issuer_url is not None and existing.oidc_provider_arn is not None:
        issuer = OidcIssuer(url=existing.issuer_url, provider_arn=existing.oidc_provider_arn)
    return ClusterReference(
        name=stack.environment.cluster_name,
        version=None,
        oidc_issuer=issuer,
        vpc_id=None,
        security_group_id=None,
        login=KubeconfigLogin(stack, path=existing.kubeconfig_path, context=str(existing.kubeconfig_context)),
    )
