"""A customer-managed KMS key that AWS rotates every year, with an alias."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
)
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey as AwsKmsKey

from constructs import Construct

if TYPE_CHECKING:
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements


@dataclass(frozen=True, kw_only=True)
class KmsKeyProps:
    """`alias` is without `alias/`; `statements` permit more than the account's IAM policies do, e.g. an AWS service."""

    alias: str
    description: str
    account: Account
    statements: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class KmsKeyOutputs:
    """ARN of the key."""

    key_arn: str


class KmsKey(Construct):
    """A rotated key; after `terraform destroy` it can be restored for 30 days."""

    def __init__(self, scope: Construct, id_: str, props: KmsKeyProps) -> None:
        super().__init__(scope, id_)
        # Without this statement no IAM policy could grant the key, and nobody could manage it.
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        account = {
            "Sid": "AccountAdministersKey",
            "Effect": "Allow",
            "Principal": {"AWS": props.account.arn("iam", "root")},
            "Action": "kms:*",
            "Resource": "*",
        }
        key = AwsKmsKey(
            self,
            "this",
            description=props.description,
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [account, *props.statements]}, sort_keys=True),
            tags={"Name": props.alias},
        )
        KmsAlias(self, "alias", name=f"alias/{props.alias}", target_key_id=key.key_id)
        self.outputs = KmsKeyOutputs(key_arn=key.arn)


def grant_volume_encryption(key_arns: list[str]) -> Statements:
    """Permit encrypting volumes with customers' keys; grants only for AWS services such as EBS.

    https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html
    """
    return [
        DataAwsIamPolicyDocumentStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"], resources=key_arns
        ),
        DataAwsIamPolicyDocumentStatement(
            actions=["kms:CreateGrant"],
            resources=key_arns,
            condition=[
                DataAwsIamPolicyDocumentStatementCondition(
                    test="Bool", variable="kms:GrantIsForAWSResource", values=["true"]
                )
            ],
        ),
    ]
