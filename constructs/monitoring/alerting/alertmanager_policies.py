"""What Alertmanager may do in AWS: publish to the topics of its receivers, and read the secrets that they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

if TYPE_CHECKING:
    from config.monitoring.alerting.alertmanager import AlertmanagerSettings
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements


def alertmanager_policies(settings: AlertmanagerSettings, account: Account) -> dict[str, Statements]:
    """Return the policies by name; empty where no receiver needs AWS."""
    policies: dict[str, Statements] = {}
    topics = settings.topic_arns()
    if topics:
        policies["publish"] = [DataAwsIamPolicyDocumentStatement(actions=["sns:Publish"], resources=topics)]
    secrets = [secret for secret in settings.secrets() if secret.secrets_manager is not None]
    if secrets:
        arns = sorted({account.secret_arn(str(secret.secrets_manager)) for secret in secrets})
        policies["read-secrets"] = [
            DataAwsIamPolicyDocumentStatement(actions=["secretsmanager:GetSecretValue"], resources=arns)
        ]
    keys = sorted({secret.kms_key_arn for secret in secrets if secret.kms_key_arn is not None})
    if keys:
        policies["decrypt-secrets"] = [DataAwsIamPolicyDocumentStatement(actions=["kms:Decrypt"], resources=keys)]
    return policies
