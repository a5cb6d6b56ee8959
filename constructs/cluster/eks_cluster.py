"""An EKS cluster: its role, control-plane logs, and secrets encrypted by a KMS key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from cdktf_cdktf_provider_aws.eks_cluster import (
    EksCluster as AwsEksCluster,
)
from cdktf_cdktf_provider_aws.eks_cluster import (
    EksClusterAccessConfig,
    EksClusterEncryptionConfig,
    EksClusterEncryptionConfigProvider,
    EksClusterKubernetesNetworkConfig,
    EksClusterUpgradePolicy,
    EksClusterVpcConfig,
)

from constructs import Construct
from constructs.aws.checkov import skip_check
from constructs.aws.iam_role import IamRole, IamRoleOutputs, IamRoleProps, Source, trust_service
from constructs.aws.kms_key import KmsKey, KmsKeyProps
from constructs.aws.log_group import LogGroup, LogGroupProps
from constructs.cluster.auto_mode import CLUSTER_POLICIES, AutoModeSwitches

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.cluster.cluster import ClusterSettings
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements


@dataclass(frozen=True, kw_only=True)
class EksClusterProps:
    """What the cluster is made of.

    `name` is its whole name; its network interfaces go into `subnet_ids`, at its creation
    or, with `keeps_subnets` false, always: EKS takes no others than those of the zones at its creation.
    `auto_node_role` is the role of the nodes of Auto Mode; None without it.
    """

    name: str
    subnet_ids: list[str]
    keeps_subnets: bool
    account: Account
    auto_node_role: IamRoleOutputs | None
    settings: ClusterSettings


@dataclass(frozen=True, kw_only=True)
class EksClusterOutputs:
    """How to reach the cluster; the issuer's URL starts with https://."""

    cluster_name: str
    cluster_endpoint: str
    cluster_certificate_authority: str
    cluster_security_group_id: str
    vpc_id: str
    oidc_issuer_url: str


class EksCluster(Construct):
    """The control plane."""

    def __init__(self, scope: Construct, id_: str, props: EksClusterProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        key_arn = self._find_secrets_key()
        log_group = self._create_log_group()
        role = self._create_role(key_arn)
        cluster = self._create_cluster(key_arn, log_group, role)
        skip_check(
            cluster,
            "CKV_AWS_339",
            because="checkov's list ends before EKS' own; the settings hold the version against EKS' calendar",
        )
        vpc_config = cluster.vpc_config
        self.outputs = EksClusterOutputs(
            cluster_name=cluster.name,
            cluster_endpoint=cluster.endpoint,
            cluster_certificate_authority=cluster.certificate_authority.get(0).data,
            cluster_security_group_id=vpc_config.cluster_security_group_id,
            vpc_id=vpc_config.vpc_id,
            oidc_issuer_url=cluster.identity.get(0).oidc.get(0).issuer,
        )

    def _find_secrets_key(self) -> str | None:
        if not self.props.settings.encrypt_secrets:
            return None
        return self.props.settings.kms_key_arn or self._create_secrets_key()

    def _create_secrets_key(self) -> str:
        key = KmsKey(
            self,
            "secrets-key",
            KmsKeyProps(
                alias=f"{self.props.name}-secrets",
                description=f"Encrypts Kubernetes secrets of {self.props.name}",
                account=self.props.account,
            ),
        )
        return key.outputs.key_arn

    def _create_log_group(self) -> ITerraformDependable:
        # EKS would create the group itself, without encryption, and keep it forever.
        group = LogGroup(
            self,
            "log-group",
            LogGroupProps(
                name=f"/aws/eks/{self.props.name}/cluster",
                retention_days=self.props.settings.log_retention_days,
                key_alias=f"{self.props.name}-control-plane-logs",
                account=self.props.account,
            ),
        )
        return group.outputs.log_group

    def _create_role(self, key_arn: str | None) -> IamRoleOutputs:
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=self.props.settings.role_name or f"{self.props.name}-eks-cluster",
                description=f"Control plane of {self.props.name}",
                trust=trust_service(
                    "eks.amazonaws.com", source=self._own_cluster(), tags_session=self.props.auto_node_role is not None
                ),
                managed_policy_arns={
                    key: self.props.account.managed_policy_arn(name) for key, name in self._managed_policies().items()
                },
                policies={} if key_arn is None else {"encrypt-secrets": _grant_encryption(key_arn)},
            ),
        )
        return role.outputs

    def _managed_policies(self) -> dict[str, str]:
        further = {} if self.props.auto_node_role is None else CLUSTER_POLICIES
        return {"cluster": "AmazonEKSClusterPolicy", **further}

    def _own_cluster(self) -> Source:
        # https://docs.aws.amazon.com/eks/latest/userguide/cross-service-confused-deputy-prevention.html
        account = self.props.account
        arn = account.arn("eks", f"cluster/{self.props.name}", region=account.region)
        return Source(account_id=account.account_id, arn=arn)

    def _create_cluster(
        self, key_arn: str | None, log_group: ITerraformDependable, role: IamRoleOutputs
    ) -> AwsEksCluster:
        settings, nodes = self.props.settings, self.props.auto_node_role
        auto_mode = AutoModeSwitches(settings.auto_mode, None if nodes is None else nodes.role_arn)
        return AwsEksCluster(
            self,
            "this",
            name=self.props.name,
            version=settings.version,
            role_arn=role.role_arn,
            vpc_config=EksClusterVpcConfig(
                subnet_ids=self.props.subnet_ids,
                endpoint_private_access=settings.endpoint_private_access,
                endpoint_public_access=settings.endpoint_public_access,
                public_access_cidrs=_public_access_cidrs(settings),
                security_group_ids=list(settings.security_group_ids) or None,
            ),
            access_config=EksClusterAccessConfig(
                authentication_mode=settings.authentication_mode,
                # Nobody could use a new cluster otherwise, and EKS refuses to make it.
                bootstrap_cluster_creator_admin_permissions=settings.authentication_mode == "CONFIG_MAP",
            ),
            # vpc-cni, kube-proxy and coredns come as EKS add-ons.
            bootstrap_self_managed_addons=False,
            deletion_protection=settings.deletion_protection,
            enabled_cluster_log_types=list(settings.enabled_log_types),
            encryption_config=None if key_arn is None else _encrypt_secrets(key_arn),
            compute_config=auto_mode.compute,
            kubernetes_network_config=_service_network(settings, auto_mode),
            storage_config=auto_mode.storage,
            upgrade_policy=EksClusterUpgradePolicy(support_type=settings.support_type),
            depends_on=[*role.policies, *([] if nodes is None else nodes.policies), log_group],
            lifecycle=TerraformResourceLifecycle(ignore_changes=self._kept_of_the_creation()),
        )

    def _kept_of_the_creation(self) -> list[str]:
        """Name what counts at creation only; a cluster that was made otherwise would be replaced, or AWS refuses."""
        return [
            "access_config[0].bootstrap_cluster_creator_admin_permissions",
            "bootstrap_self_managed_addons",
            *(["vpc_config[0].subnet_ids"] if self.props.keeps_subnets else []),
        ]


def _grant_encryption(key_arn: str) -> Statements:
    """Permit the control plane to use the key: https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html."""
    return [
        DataAwsIamPolicyDocumentStatement(
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"], resources=[key_arn]
        )
    ]


def _encrypt_secrets(key_arn: str) -> EksClusterEncryptionConfig:
    return EksClusterEncryptionConfig(
        provider=EksClusterEncryptionConfigProvider(key_arn=key_arn), resources=["secrets"]
    )


def _public_access_cidrs(settings: ClusterSettings) -> list[str] | None:
    if settings.endpoint_public_access_from_anywhere:
        return ["0.0.0.0/0"]
    return [str(cidr) for cidr in settings.endpoint_public_access_cidrs] or None


def _service_network(
    settings: ClusterSettings, auto_mode: AutoModeSwitches
) -> EksClusterKubernetesNetworkConfig | None:
    is_ipv6, cidr = settings.ip_family == "ipv6", settings.service_ipv4_cidr
    if not is_ipv6 and cidr is None and auto_mode.load_balancing is None:
        return None
    return EksClusterKubernetesNetworkConfig(
        ip_family="ipv6" if is_ipv6 else None,
        service_ipv4_cidr=None if is_ipv6 or cidr is None else str(cidr),
        elastic_load_balancing=auto_mode.load_balancing,
    )
