"""Statements of IAM policies, and their conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def allow(
    actions: Sequence[str], resources: Sequence[str], *conditions: DataAwsIamPolicyDocumentStatementCondition
) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that permits actions on resources under all the conditions."""
    return DataAwsIamPolicyDocumentStatement(
        actions=list(actions), resources=list(resources), condition=list(conditions) or None
    )


def condition(test: str, variable: str, *values: str) -> DataAwsIamPolicyDocumentStatementCondition:
    """Return the condition that a key of the request passes a test, e.g. `StringLike`, with one of these values."""
    return DataAwsIamPolicyDocumentStatementCondition(test=test, variable=variable, values=list(values))


def equals(variable: str, *values: str) -> DataAwsIamPolicyDocumentStatementCondition:
    """Return the condition that a key of the request has one of these values."""
    return condition("StringEquals", variable, *values)


def refuse_plain_http(action: str, *resources: str) -> DataAwsIamPolicyDocumentStatement:
    """Return the statement of a resource's policy that refuses requests without TLS."""
    return DataAwsIamPolicyDocumentStatement(
        sid="TlsOnly",
        effect="Deny",
        actions=[action],
        resources=list(resources),
        principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="*", identifiers=["*"])],
        condition=[condition("Bool", "aws:SecureTransport", "false")],
    )
