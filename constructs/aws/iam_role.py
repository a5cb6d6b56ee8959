"""An IAM role: who may assume it, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.iam_role import IamRole as AwsIamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment

from config.core.naming import IAM_ROLE
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from config.cluster.iam import IamSettings

Statements = list[DataAwsIamPolicyDocumentStatement]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Resources of one account: no other account's resource makes a service use a role, as a confused deputy would.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    account_id: str
    arn: str

    def conditions(self) -> list[DataAwsIamPolicyDocumentStatementCondition]:
        """Return the conditions of a trust policy; `arn` may have wildcards."""
        return [
            DataAwsIamPolicyDocumentStatementCondition(test=test, variable=f"aws:{variable}", values=[value])
            for test, variable, value in (
                ("StringEquals", "SourceAccount", self.account_id),
                ("ArnLike", "SourceArn", self.arn),
            )
        ]


@dataclass(frozen=True, kw_only=True)
class IamRoleProps:
    """`name` is fitted to what IAM allows; policies are keyed by a name that is part of the construct id."""

    name: str
    description: str
    trust: DataAwsIamPolicyDocumentStatement
    managed_policy_arns: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Statements] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class IamRoleOutputs:
    """Name and ARN of the role, and its policies: what uses a permission of the role depends on them."""

    role_name: str
    role_arn: str
    policies: list[ITerraformDependable]


class IamRole(Construct):
    """A role with AWS-managed policies and policies of its own."""

    def __init__(self, scope: Construct, id_: str, props: IamRoleProps) -> None:
        super().__init__(scope, id_)
        trust = DataAwsIamPolicyDocument(self, "trust", statement=[props.trust])
        role = AwsIamRole(
            self, "this", name=IAM_ROLE.of(props.name), description=props.description, assume_role_policy=trust.json
        )
        role_name = role.name
        self.outputs = IamRoleOutputs(
            role_name=role_name,
            role_arn=role.arn,
            policies=[
                *(self._attach(role_name, name, arn) for name, arn in props.managed_policy_arns.items()),
                *(self._create_policy(role_name, name, statements) for name, statements in props.policies.items()),
            ],
        )

    def _attach(self, role: str, name: str, policy_arn: str) -> IamRolePolicyAttachment:
        return IamRolePolicyAttachment(
            self,
            f"managed-{name}",
            role=role,
            policy_arn=policy_arn,
            # Another policy under the same name: the role is never without both.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _create_policy(self, role: str, name: str, statements: Statements) -> IamRolePolicy:
        document = DataAwsIamPolicyDocument(self, f"policy-{name}", statement=statements)
        return IamRolePolicy(self, name, name=name, role=role, policy=document.json)


def trust_service(
    service: str, *, source: Source | None = None, tags_session: bool = False
) -> DataAwsIamPolicyDocumentStatement:
    """Return the trust that lets an AWS service, e.g. `eks.amazonaws.com`, assume a role.

    Args:
        service: The principal of the service.
        source: The resources that it may do so for; None where the service does not say which it works for.
        tags_session: Whether the service gives its sessions tags.

    """
    return DataAwsIamPolicyDocumentStatement(
        actions=["sts:AssumeRole", *(["sts:TagSession"] if tags_session else [])],
        principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=[service])],
        condition=None if source is None else source.conditions(),
    )


def set_on_every_role(scope: Construct, settings: IamSettings) -> None:
    """Give each role below a scope the permissions boundary and the path that an organization asks for."""
    for construct in scope.node.find_all():
        if isinstance(construct, AwsIamRole):
            if settings.permissions_boundary is not None:
                construct.permissions_boundary = settings.permissions_boundary
            construct.path = settings.role_path
