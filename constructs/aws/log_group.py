"""A CloudWatch log group with a retention, encrypted by a KMS key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup

from constructs import Construct
from constructs.aws.kms_key import KmsKey, KmsKeyProps

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from constructs.aws.account import Account


@dataclass(frozen=True, kw_only=True)
class LogGroupProps:
    """`key_alias` names the KMS key; the retention is one that CloudWatch Logs has."""

    name: str
    retention_days: int
    key_alias: str
    account: Account


@dataclass(frozen=True, kw_only=True)
class LogGroupOutputs:
    """ARN of the log group, without `:*` at its end, and the group, for what must wait for it."""

    arn: str
    log_group: ITerraformDependable


class LogGroup(Construct):
    """An encrypted log group."""

    def __init__(self, scope: Construct, id_: str, props: LogGroupProps) -> None:
        super().__init__(scope, id_)
        account = props.account
        key = KmsKey(
            self,
            "key",
            KmsKeyProps(
                alias=props.key_alias,
                description=f"Encrypts the log group {props.name}",
                account=account,
                statements=(_grant_use_of_key(props.name, account),),
            ),
        )
        group = CloudwatchLogGroup(
            self,
            "this",
            name=props.name,
            retention_in_days=props.retention_days,
            kms_key_id=key.outputs.key_arn,
        )
        self.outputs = LogGroupOutputs(arn=group.arn, log_group=group)


def _grant_use_of_key(log_group_name: str, account: Account) -> dict[str, object]:
    """Permit CloudWatch Logs to use the key for this one log group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    return {
        "Sid": "CloudWatchLogsUsesKey",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{account.region}.{account.dns_suffix}"},
        "Action": ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": {
            "ArnEquals": {
                "kms:EncryptionContext:aws:logs:arn": account.arn(
                    "logs", f"log-group:{log_group_name}", region=account.region
                )
            }
        },
    }
