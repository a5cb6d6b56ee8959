"""VPC flow logs to an encrypted CloudWatch log group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from cdktf_cdktf_provider_aws.flow_log import FlowLog

from constructs import Construct
from constructs.aws.iam_role import IamRole, IamRoleProps, Source, trust_service
from constructs.aws.log_group import LogGroup, LogGroupProps

if TYPE_CHECKING:
    from config.network.network import FlowLogs
    from constructs.aws.account import Account


@dataclass(frozen=True, kw_only=True)
class VpcFlowLogsProps:
    """`name` starts the names of the log group, the role and the key."""

    name: str
    vpc_id: str
    account: Account
    settings: FlowLogs


class VpcFlowLogs(Construct):
    """Flow logs of a VPC, and the role by which AWS writes them."""

    def __init__(self, scope: Construct, id_: str, props: VpcFlowLogsProps) -> None:
        super().__init__(scope, id_)
        group = LogGroup(
            self,
            "log-group",
            LogGroupProps(
                name=f"/aws/vpc/{props.name}-main/flow-logs",
                retention_days=props.settings.retention_days,
                key_alias=f"{props.name}-vpc-flow-logs",
                account=props.account,
            ),
        )
        role = IamRole(
            self,
            "role",
            IamRoleProps(
                name=f"{props.name}-vpc-flow-logs",
                description="Writes VPC flow logs to CloudWatch Logs",
                trust=trust_service("vpc-flow-logs.amazonaws.com", source=_flow_logs_of(props.account)),
                policies={"write-flow-logs": [_write_to(group.outputs.arn)]},
            ),
        )
        FlowLog(
            self,
            "this",
            vpc_id=props.vpc_id,
            traffic_type=props.settings.traffic_type,
            log_destination=group.outputs.arn,
            iam_role_arn=role.outputs.role_arn,
            tags={"Name": f"{props.name}-main"},
            depends_on=role.outputs.policies,
        )


def _flow_logs_of(account: Account) -> Source:
    """Return the flow logs of the account: the id of this one comes after its role.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    arn = account.arn("ec2", "vpc-flow-log/*", region=account.region)
    return Source(account_id=account.account_id, arn=arn)


def _write_to(log_group_arn: str) -> DataAwsIamPolicyDocumentStatement:
    """Permit writing into one log group.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return DataAwsIamPolicyDocumentStatement(
        actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        resources=[log_group_arn, f"{log_group_arn}:*"],
    )
