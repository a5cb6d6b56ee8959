"""An encrypted SNS topic to which one Managed Prometheus workspace publishes alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy

from constructs import Construct
from constructs.aws.kms_key import KmsKey, KmsKeyProps
from constructs.aws.statements import condition, equals, refuse_plain_http

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

PUBLISHER = "aps.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class AlertTopicProps:
    """`name` is that of the topic, at most 250 characters; the workspace is the only one that may publish."""

    name: str
    workspace_arn: str
    account: Account


@dataclass(frozen=True, kw_only=True)
class AlertTopicOutputs:
    """The topic, the key that encrypts it, and what the workspace needs before it publishes."""

    topic_arn: str
    kms_key_arn: str | None = None
    permissions: tuple[ITerraformDependable, ...] = ()

    def grant_publish(self) -> Statements:
        """Permit a role to publish as well."""
        publish = DataAwsIamPolicyDocumentStatement(actions=["sns:Publish"], resources=[self.topic_arn])
        if self.kms_key_arn is None:
            return [publish]
        return [
            publish,
            DataAwsIamPolicyDocumentStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self.kms_key_arn]
            ),
        ]


class AlertTopic(Construct):
    """A standard topic to subscribe to.

    https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html
    """

    def __init__(self, scope: Construct, id_: str, props: AlertTopicProps) -> None:
        super().__init__(scope, id_)
        self.props = props
        key_arn = self._create_key()
        topic = SnsTopic(self, "this", name=f"{props.name}-alerts", kms_master_key_id=key_arn)
        document = DataAwsIamPolicyDocument(
            self,
            "policy-document",
            statement=[self._grant_publish(topic.arn), refuse_plain_http("sns:Publish", topic.arn)],
        )
        policy = SnsTopicPolicy(self, "policy", arn=topic.arn, policy=document.json)
        self.outputs = AlertTopicOutputs(topic_arn=topic.arn, kms_key_arn=key_arn, permissions=(policy,))

    def _create_key(self) -> str:
        # SNS calls KMS in the publisher's name; AWS documents no condition that such a call would meet.
        publisher = {
            "Sid": "ManagedPrometheusUsesKey",
            "Effect": "Allow",
            "Principal": {"Service": PUBLISHER},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        }
        key = KmsKey(
            self,
            "key",
            KmsKeyProps(
                alias=f"{self.props.name}-alerts",
                description=f"Encrypts the topic {self.props.name}-alerts",
                account=self.props.account,
                statements=(publisher,),
            ),
        )
        return key.outputs.key_arn

    def _grant_publish(self, topic_arn: str) -> DataAwsIamPolicyDocumentStatement:
        return DataAwsIamPolicyDocumentStatement(
            sid="ManagedPrometheusPublishes",
            actions=["sns:GetTopicAttributes", "sns:Publish"],
            resources=[topic_arn],
            principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=[PUBLISHER])],
            condition=[
                condition("ArnEquals", "aws:SourceArn", self.props.workspace_arn),
                equals("aws:SourceAccount", self.props.account.account_id),
            ],
        )
