"""The cluster of an environment."""

from __future__ import annotations

from cdktf import App, TerraformOutput, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.eks_access_entry import EksAccessEntry
from cdktf_cdktf_provider_aws.eks_addon import EksAddon
from cdktf_cdktf_provider_aws.eks_cluster import EksCluster
from cdktf_cdktf_provider_aws.eks_node_group import EksNodeGroup
from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.launch_template import LaunchTemplate
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.security_group_rule import SecurityGroupRule

from .common import EnvironmentStack, assume


def add_cluster(app: App, environment: str, network: EnvironmentStack) -> EnvironmentStack:
    """An EKS cluster with its nodes and roles."""
    cluster_stack = EnvironmentStack(app, environment, "cluster")
    state = cluster_stack.state_of(network)

    account = DataAwsCallerIdentity(cluster_stack, "account")
    secrets = KmsKey(cluster_stack, "secrets_key", description="Kubernetes secrets", enable_key_rotation=True)
    KmsAlias(cluster_stack, "secrets_alias", name=f"alias/{environment}", target_key_id=secrets.id)
    role = IamRole(
        cluster_stack, "cluster_role", assume_role_policy=assume(cluster_stack, "cluster_assume", "eks.amazonaws.com")
    )
    group = SecurityGroup(cluster_stack, "nodes", vpc_id=state.get_string("vpc_id"), description="Nodes")
    for port in (443, 4443, 6443, 8443, 9443, 10250, 53):
        SecurityGroupRule(
            cluster_stack,
            f"ingress_{port}",
            type="ingress",
            from_port=port,
            to_port=port,
            protocol="tcp",
            security_group_id=group.id,
            self_attribute=True,
        )
    cluster = EksCluster(
        cluster_stack,
        "cluster",
        name=environment,
        role_arn=role.arn,
        version="1.33",
        vpc_config={
            "subnet_ids": Token.as_list(state.get("private_subnet_ids")),
            "security_group_ids": [group.id],
            "endpoint_private_access": True,
        },
        encryption_config={"provider": {"key_arn": secrets.arn}, "resources": ["secrets"]},
        access_config={"authentication_mode": "API"},
        enabled_cluster_log_types=["api", "audit"],
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )
    issuer = cluster.identity.get(0).oidc.get(0).issuer
    provider = IamOpenidConnectProvider(cluster_stack, "oidc", url=issuer, client_id_list=["sts.amazonaws.com"])
    node_role = IamRole(
        cluster_stack, "node_role", assume_role_policy=assume(cluster_stack, "node_assume", "ec2.amazonaws.com")
    )
    for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"):
        IamRolePolicyAttachment(
            cluster_stack, policy, role=node_role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}"
        )
    EksAccessEntry(
        cluster_stack,
        "admin",
        cluster_name=cluster.name,
        principal_arn=f"arn:aws:iam::{account.account_id}:role/admin",
    )
    network_addon = EksAddon(cluster_stack, "vpc-cni", cluster_name=cluster.name, addon_name="vpc-cni")
    for size in ("general", "memory", "spot"):
        template = LaunchTemplate(
            cluster_stack,
            f"template_{size}",
            name_prefix=f"{environment}-{size}",
            vpc_security_group_ids=[group.id],
            metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1},
            block_device_mappings=[
                {"device_name": "/dev/xvda", "ebs": {"volume_size": 50, "volume_type": "gp3", "encrypted": "true"}}
            ],
            tag_specifications=[{"resource_type": "instance", "tags": {"Name": size}}],
        )
        EksNodeGroup(
            cluster_stack,
            f"group_{size}",
            cluster_name=cluster.name,
            node_group_name=size,
            node_role_arn=node_role.arn,
            subnet_ids=Token.as_list(state.get("private_subnet_ids")),
            scaling_config={"desired_size": 2, "min_size": 1, "max_size": 5},
            launch_template={"id": template.id, "version": Token.as_string(template.latest_version)},
            labels={"size": size},
            depends_on=[network_addon],
        )
    TerraformOutput(cluster_stack, "cluster_name", value=cluster.name)
    TerraformOutput(cluster_stack, "cluster_endpoint", value=cluster.endpoint)
    TerraformOutput(cluster_stack, "cluster_ca", value=cluster.certificate_authority.get(0).data)
    TerraformOutput(cluster_stack, "oidc_provider_arn", value=provider.arn)
    return cluster_stack
