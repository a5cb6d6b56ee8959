"""An IAM role by EKS Pod Identity: the agent on the nodes gives it to the pods of one Kubernetes service account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.eks_pod_identity_association import EksPodIdentityAssociation

from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleProps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from constructs.aws.iam_role import Statements
    from constructs.aws.irsa_role import ServiceAccount


@dataclass(frozen=True, kw_only=True)
class PodIdentityRoleProps:
    """`name` is at most 64 characters; `cluster_name` is that of an EKS cluster with the agent."""

    name: str
    description: str
    cluster_name: str
    service_account: ServiceAccount
    policies: Mapping[str, Statements] = field(default_factory=dict)
    managed_policy_arns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PodIdentityRoleOutputs:
    """ARN of the role, and what must exist before a pod starts: it gets the role when it is made, or not at all."""

    role_arn: str
    depends_on: list[ITerraformDependable]


class PodIdentityRole(Construct):
    """A role, and its association with one service account of one cluster.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
    """

    def __init__(self, scope: Construct, id_: str, props: PodIdentityRoleProps) -> None:
        super().__init__(scope, id_)
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=props.name,
                description=props.description,
                trust=_trust(props),
                policies=props.policies,
                managed_policy_arns=props.managed_policy_arns,
            ),
        ).outputs
        association = EksPodIdentityAssociation(
            self,
            "association",
            cluster_name=props.cluster_name,
            namespace=props.service_account.namespace,
            service_account=props.service_account.name,
            role_arn=role.role_arn,
        )
        self.outputs = PodIdentityRoleOutputs(role_arn=role.role_arn, depends_on=[*role.policies, association])


def _trust(props: PodIdentityRoleProps) -> DataAwsIamPolicyDocumentStatement:
    """Trust EKS for this service account of this cluster alone, by the tags that it gives to every session.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    """
    tags = {
        "eks-cluster-name": props.cluster_name,
        "kubernetes-namespace": props.service_account.namespace,
        "kubernetes-service-account": props.service_account.name,
    }
    return DataAwsIamPolicyDocumentStatement(
        actions=["sts:AssumeRole", "sts:TagSession"],
        principals=[
            DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=["pods.eks.amazonaws.com"])
        ],
        condition=[
            DataAwsIamPolicyDocumentStatementCondition(
                test="StringEquals", variable=f"aws:RequestTag/{key}", values=[value]
            )
            for key, value in tags.items()
        ],
    )
