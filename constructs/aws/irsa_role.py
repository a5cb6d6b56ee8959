"""An IAM role for service accounts (IRSA): one Kubernetes service account assumes it through the OIDC provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cdktf import Fn
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementPrincipals,
)

from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleProps, Statements
from constructs.aws.statements import equals

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServiceAccount(NamedTuple):
    """A Kubernetes service account, one constant for the chart's values and for the trust policy."""

    namespace: str
    name: str

    @property
    def subject(self) -> str:
        """The `sub` claim of its tokens."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class OidcIssuer:
    """A cluster's OIDC issuer: its URL with https://, and the ARN of the IAM OIDC provider that trusts it."""

    url: str
    provider_arn: str


@dataclass(frozen=True, kw_only=True)
class IrsaRoleProps:
    """`name` is at most 64 characters; policies as in `IamRoleProps`."""

    name: str
    description: str
    oidc_issuer: OidcIssuer
    service_account: ServiceAccount
    managed_policy_arns: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Statements] = field(default_factory=dict)


class IrsaRole(Construct):
    """A role that trusts tokens of one service account, made for AWS STS.

    https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
    """

    def __init__(self, scope: Construct, id_: str, props: IrsaRoleProps) -> None:
        super().__init__(scope, id_)
        issuer = Fn.trimprefix(props.oidc_issuer.url, "https://")
        trust = DataAwsIamPolicyDocumentStatement(
            actions=["sts:AssumeRoleWithWebIdentity"],
            principals=[
                DataAwsIamPolicyDocumentStatementPrincipals(
                    type="Federated", identifiers=[props.oidc_issuer.provider_arn]
                )
            ],
            condition=[
                equals(f"{issuer}:sub", props.service_account.subject),
                equals(f"{issuer}:aud", "sts.amazonaws.com"),
            ],
        )
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=props.name,
                description=props.description,
                trust=trust,
                managed_policy_arns=props.managed_policy_arns,
                policies=props.policies,
            ),
        )
        self.outputs = role.outputs
