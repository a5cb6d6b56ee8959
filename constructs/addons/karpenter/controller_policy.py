"""What Karpenter's controller may do: make and end this cluster's nodes, and no other instances.

As upstream has it, but for changes of instance profiles: Terraform makes the one that nodes have.
https://karpenter.sh/docs/reference/cloudformation/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs.aws.statements import allow, condition, equals

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
        DataAwsIamPolicyDocumentStatement,
        DataAwsIamPolicyDocumentStatementCondition,
    )

    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

# Reads for discovery, which have no narrower resource.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
UNSCOPED_REGIONAL_READS = (
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribePlacementGroups",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
)
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awspricelist.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
UNSCOPED_READS = ("iam:ListInstanceProfiles", "pricing:GetProducts")
LAUNCHES = ("ec2:CreateFleet", "ec2:RunInstances")
NODE_POOL = "karpenter.sh/nodepool"


@dataclass(frozen=True, kw_only=True)
class ControllerPolicy:
    """The cluster whose nodes the controller makes, their role, and the queue that tells of interruptions."""

    cluster_name: str
    account: Account
    node_role_arn: str
    queue_arn: str

    def statements(self) -> dict[str, Statements]:
        """Return the statements by the name of their policy: together they are longer than one policy may be."""
        return {
            "make-nodes": self._launch(),
            "end-nodes": [self._tag_nodes(), self._end()],
            "discover": self._discover(),
        }

    def _launch(self) -> Statements:
        owned = f"kubernetes.io/cluster/{self.cluster_name}"
        asked = [
            equals(f"aws:RequestTag/{owned}", "owned"),
            equals("aws:RequestTag/eks:eks-cluster-name", self.cluster_name),
            condition("StringLike", f"aws:RequestTag/{NODE_POOL}", "*"),
        ]
        made = self._ec2(
            "fleet", "instance", "launch-template", "network-interface", "spot-instances-request", "volume"
        )
        region = f"arn:{self.account.partition}:ec2:{self.account.region}"
        used = self._ec2("capacity-reservation", "placement-group", "security-group", "subnet")
        return [
            allow(LAUNCHES, [f"{region}::image/*", f"{region}::snapshot/*", *used]),
            allow(LAUNCHES, self._ec2("launch-template"), *self._of_nodes()),
            allow((*LAUNCHES, "ec2:CreateLaunchTemplate"), made, *asked),
            allow(
                ("ec2:CreateTags",),
                made,
                *asked,
                equals("ec2:CreateAction", "CreateFleet", "CreateLaunchTemplate", "RunInstances"),
            ),
            allow(
                ("iam:PassRole",),
                [self.node_role_arn],
                equals("iam:PassedToService", "ec2.amazonaws.com", "ec2.amazonaws.com.cn"),
            ),
        ]

    def _tag_nodes(self) -> DataAwsIamPolicyDocumentStatement:
        return allow(
            ("ec2:CreateTags",),
            self._ec2("instance"),
            *self._of_nodes(),
            condition("StringEqualsIfExists", "aws:RequestTag/eks:eks-cluster-name", self.cluster_name),
            condition(
                "ForAllValues:StringEquals", "aws:TagKeys", "Name", "eks:eks-cluster-name", "karpenter.sh/nodeclaim"
            ),
        )

    def _end(self) -> DataAwsIamPolicyDocumentStatement:
        actions = ("ec2:DeleteLaunchTemplate", "ec2:TerminateInstances")
        return allow(actions, self._ec2("instance", "launch-template"), *self._of_nodes())

    def _discover(self) -> Statements:
        account = self.account
        return [
            allow(UNSCOPED_REGIONAL_READS, ["*"], equals("aws:RequestedRegion", account.region)),
            allow(UNSCOPED_READS, ["*"]),
            allow(("iam:GetInstanceProfile",), [account.arn("iam", "instance-profile/*")]),
            # Parameters of AWS, with the ids of images: they belong to no account.
            allow(("ssm:GetParameter",), [f"arn:{account.partition}:ssm:{account.region}::parameter/aws/service/*"]),
            allow(
                ("eks:DescribeCluster",), [account.arn("eks", f"cluster/{self.cluster_name}", region=account.region)]
            ),
            allow(("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"), [self.queue_arn]),
        ]

    def _of_nodes(self) -> list[DataAwsIamPolicyDocumentStatementCondition]:
        return [
            equals(f"aws:ResourceTag/kubernetes.io/cluster/{self.cluster_name}", "owned"),
            condition("StringLike", f"aws:ResourceTag/{NODE_POOL}", "*"),
        ]

    def _ec2(self, *kinds: str) -> list[str]:
        # Of any account: subnets and reservations may be shared with this one.
        return [f"arn:{self.account.partition}:ec2:{self.account.region}:*:{kind}/*" for kind in kinds]
