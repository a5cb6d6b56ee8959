"""What a workload may do in AWS: the actions that its settings name, on the resources that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.workloads.workload_access import AwsAccess, DynamodbAccess, S3Access, SnsAccess, SqsAccess
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

# What a client of each service needs, as the grants of the AWS CDK have it:
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3.Bucket.html#grantwbrreadidentity-objectskeypattern
_S3 = {
    "read": ["s3:GetObject"],
    "write": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
}
_SQS = {
    "receive": ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"],
    "send": ["sqs:SendMessage"],
}
_DYNAMODB = {
    "read": [
        "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan",
    ],
    "write": ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
}  # fmt: skip
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: an upload in parts decrypts as well.
_KMS = {"read": ["kms:Decrypt"], "write": ["kms:Decrypt", "kms:GenerateDataKey"]}


def workload_policies(access: AwsAccess, account: Account) -> dict[str, Statements]:
    """Return one policy for each service that is used, by a name that says which."""
    policies: dict[str, Statements] = {
        "s3": [statement for entry in access.s3 for statement in _s3(entry, account)],
        "sqs": [statement for entry in access.sqs for statement in _sqs(entry, account)],
        "sns": [statement for entry in access.sns for statement in _sns(entry, account)],
        "dynamodb": [statement for entry in access.dynamodb for statement in _dynamodb(entry, account)],
        "secrets-manager": [
            statement
            for entry in access.secrets_manager
            for statement in (
                _allow(
                    ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                    [account.secret_arn(entry.secret)],
                ),
                *_key(entry.kms_key_arn, _KMS["read"], "secretsmanager", account),
            )
        ],
    }
    return {name: statements for name, statements in policies.items() if statements}


def _allow(
    actions: Iterable[str], resources: list[str], condition: DataAwsIamPolicyDocumentStatementCondition | None = None
) -> DataAwsIamPolicyDocumentStatement:
    return DataAwsIamPolicyDocumentStatement(
        actions=sorted(actions), resources=resources, condition=None if condition is None else [condition]
    )


def _key(key_arn: str | None, actions: Iterable[str], service: str, account: Account) -> Statements:
    """Permit a key, through the service that it encrypts for."""
    if key_arn is None:
        return []
    region = key_arn.split(":")[3]
    through = DataAwsIamPolicyDocumentStatementCondition(
        test="StringEquals", variable="kms:ViaService", values=[f"{service}.{region}.{account.dns_suffix}"]
    )
    return [_allow(actions, [key_arn], through)]


def _s3(entry: S3Access, account: Account) -> Statements:
    uses = entry.access.split("-")
    bucket, prefix = f"arn:{account.partition}:s3:::{entry.bucket}", entry.prefix or ""
    statements = [_allow(_of(_S3, uses), [f"{bucket}/{prefix}*"])]
    if "read" in uses:
        below = DataAwsIamPolicyDocumentStatementCondition(
            test="StringLike", variable="s3:prefix", values=[f"{prefix}*"]
        )
        statements.append(_allow(["s3:ListBucket"], [bucket], below if prefix else None))
    return [*statements, *_key(entry.kms_key_arn, _of(_KMS, uses), "s3", account)]


def _sqs(entry: SqsAccess, account: Account) -> Statements:
    uses = entry.access.split("-")
    arn = _arn_of(entry.queue, "sqs", "", account)
    keys = _of({"receive": _KMS["read"], "send": _KMS["write"]}, uses)
    return [
        _allow(["sqs:GetQueueAttributes", "sqs:GetQueueUrl", *_of(_SQS, uses)], [arn]),
        *_key(entry.kms_key_arn, keys, "sqs", account),
    ]


def _sns(entry: SnsAccess, account: Account) -> Statements:
    return [
        _allow(["sns:Publish"], [_arn_of(entry.topic, "sns", "", account)]),
        *_key(entry.kms_key_arn, _KMS["write"], "sns", account),
    ]


def _dynamodb(entry: DynamodbAccess, account: Account) -> Statements:
    uses = entry.access.split("-")
    arn = _arn_of(entry.table, "dynamodb", "table/", account)
    return [
        _allow(["dynamodb:DescribeTable", *_of(_DYNAMODB, uses)], [arn, f"{arn}/index/*"]),
        *_key(entry.kms_key_arn, _KMS["read"], "dynamodb", account),
    ]


def _of(actions: dict[str, list[str]], uses: list[str]) -> set[str]:
    return {action for use in uses for action in actions[use]}


def _arn_of(named: str, service: str, path: str, account: Account) -> str:
    return named if named.startswith("arn:") else account.arn(service, f"{path}{named}", region=account.region)
