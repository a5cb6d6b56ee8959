"""The queue from which Karpenter learns that AWS is going to take a node away, and the rules that fill it.

https://karpenter.sh/docs/concepts/disruption/#interruption
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy

from config.core.naming import EVENT_RULE, SQS_QUEUE
from constructs import Construct
from constructs.aws.statements import condition, refuse_plain_http

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

# Events by the end of their rule's name: source, type, and what it is in the rule's description.
EVENTS = {
    "scheduled-change": ("aws.health", "AWS Health Event", "events of AWS Health"),
    "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning", "interruptions of spot instances"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation", "recommendations to rebalance"),
    "state-change": ("aws.ec2", "EC2 Instance State-change Notification", "instances that stop"),
    "reservation-interruption": (
        "aws.ec2",
        "EC2 Capacity Reservation Instance Interruption Warning",
        "interruptions of reserved capacity",
    ),
}
# A node that nobody took leave of within this time is gone anyway.
RETENTION_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class InterruptionQueueOutputs:
    """Name and ARN of the queue, and what has to exist before it gets messages."""

    queue_name: str
    queue_arn: str
    depends_on: list[ITerraformDependable]


class InterruptionQueue(Construct):
    """The queue `<cluster>-karpenter`, into which these rules alone may write."""

    def __init__(self, scope: Construct, id_: str, *, cluster_name: str) -> None:
        super().__init__(scope, id_)
        queue = SqsQueue(
            self,
            "this",
            name=SQS_QUEUE.of(cluster_name, "karpenter"),
            message_retention_seconds=RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
        )
        rules = {name: self._create_rule(cluster_name, name) for name in EVENTS}
        document = DataAwsIamPolicyDocument(
            self,
            "policy-document",
            statement=[
                _grant_send(queue.arn, [rule.arn for rule in rules.values()]),
                refuse_plain_http("sqs:*", queue.arn),
            ],
        )
        policy = SqsQueuePolicy(self, "policy", queue_url=queue.url, policy=document.json)
        targets = [
            CloudwatchEventTarget(
                self, f"target-{name}", rule=rule.name, target_id="karpenter", arn=queue.arn, depends_on=[policy]
            )
            for name, rule in rules.items()
        ]
        self.outputs = InterruptionQueueOutputs(queue_name=queue.name, queue_arn=queue.arn, depends_on=[*targets])

    def _create_rule(self, cluster_name: str, name: str) -> CloudwatchEventRule:
        source, type_, what = EVENTS[name]
        return CloudwatchEventRule(
            self,
            f"rule-{name}",
            name=EVENT_RULE.of(cluster_name, "karpenter", name),
            description=f"Tells Karpenter of {cluster_name} of {what}",
            event_pattern=json.dumps({"source": [source], "detail-type": [type_]}),
        )


def _grant_send(queue_arn: str, rule_arns: list[str]) -> DataAwsIamPolicyDocumentStatement:
    return DataAwsIamPolicyDocumentStatement(
        sid="RulesSend",
        actions=["sqs:SendMessage"],
        resources=[queue_arn],
        principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=["events.amazonaws.com"])],
        condition=[condition("ArnEquals", "aws:SourceArn", *rule_arns)],
    )
