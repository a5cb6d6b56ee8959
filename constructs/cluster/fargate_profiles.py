"""Fargate profiles of a cluster, and the role by which Fargate fetches images and writes logs for their pods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.eks_fargate_profile import EksFargateProfile, EksFargateProfileSelector

from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleProps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cdktf import ITerraformDependable

    from config.cluster.fargate_profiles import FargateProfile
    from constructs.aws.account import Account


@dataclass(frozen=True, kw_only=True)
class FargateProfilesProps:
    """`name` is the cluster's name at synthesis; `subnet_ids` gives the private subnets of zones."""

    name: str
    cluster_name: str
    account: Account
    profiles: Mapping[str, FargateProfile]
    subnet_ids: Callable[[Sequence[str]], list[str]]
    depends_on: Sequence[ITerraformDependable]


class FargateProfiles(Construct):
    """The profiles with one role, https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html."""

    def __init__(self, scope: Construct, id_: str, props: FargateProfilesProps) -> None:
        super().__init__(scope, id_)
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=f"{props.name}-fargate",
                description=f"Fargate pods of {props.name}",
                trust=_trust(props),
                managed_policy_arns={
                    "pod-execution": props.account.managed_policy_arn("AmazonEKSFargatePodExecutionRolePolicy")
                },
            ),
        ).outputs
        for name, profile in props.profiles.items():
            EksFargateProfile(
                self,
                name,
                cluster_name=props.cluster_name,
                fargate_profile_name=name,
                pod_execution_role_arn=role.role_arn,
                subnet_ids=props.subnet_ids(profile.zones),
                selector=[
                    EksFargateProfileSelector(namespace=selector.namespace, labels=selector.labels or None)
                    for selector in profile.selectors
                ],
                depends_on=[*role.policies, *props.depends_on],
            )


def _trust(props: FargateProfilesProps) -> DataAwsIamPolicyDocumentStatement:
    """Let Fargate assume the role for profiles of this cluster only."""
    account = props.account
    return DataAwsIamPolicyDocumentStatement(
        actions=["sts:AssumeRole"],
        principals=[
            DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=["eks-fargate-pods.amazonaws.com"])
        ],
        condition=[
            DataAwsIamPolicyDocumentStatementCondition(
                test="ArnLike",
                variable="aws:SourceArn",
                values=[account.arn("eks", f"fargateprofile/{props.name}/*", region=account.region)],
            )
        ],
    )
