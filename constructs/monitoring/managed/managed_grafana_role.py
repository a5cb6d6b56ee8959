"""The role of a Managed Grafana workspace: who assumes it, and what it reads of CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)

if TYPE_CHECKING:
    from config.monitoring.managed.managed_grafana import ManagedGrafanaSettings
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

# AWS has no narrower resource for these.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
UNSCOPED_METRIC_ACTIONS = (
    "cloudwatch:DescribeAlarmsForMetric",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListMetrics",
    "ec2:DescribeRegions",
)
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
UNSCOPED_LOG_ACTIONS = ("logs:DescribeLogGroups", "logs:StopQuery")


def trust_workspaces(account: Account) -> DataAwsIamPolicyDocumentStatement:
    """Let workspaces of this account and region assume the role; the workspace's id comes after its role.

    https://docs.aws.amazon.com/grafana/latest/userguide/AMG-manage-permissions.html
    """
    return DataAwsIamPolicyDocumentStatement(
        actions=["sts:AssumeRole"],
        principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=["grafana.amazonaws.com"])],
        condition=[
            DataAwsIamPolicyDocumentStatementCondition(
                test="StringEquals", variable="aws:SourceAccount", values=[account.account_id]
            ),
            DataAwsIamPolicyDocumentStatementCondition(
                test="StringLike",
                variable="aws:SourceArn",
                values=[account.arn("grafana", "/workspaces/*", region=account.region)],
            ),
        ],
    )


def grant_cloudwatch_queries(settings: ManagedGrafanaSettings, account: Account) -> Statements:
    """Permit what the data source reads: https://grafana.com/docs/plugins/cloudwatch/latest/configure/."""
    if "CLOUDWATCH" not in settings.data_sources:
        return []
    log_groups = [
        account.arn("logs", f"log-group:{name}:*", region=account.region) for name in settings.cloudwatch_log_groups
    ]
    return [
        DataAwsIamPolicyDocumentStatement(
            actions=[*UNSCOPED_METRIC_ACTIONS, *(UNSCOPED_LOG_ACTIONS if log_groups else ())], resources=["*"]
        ),
        DataAwsIamPolicyDocumentStatement(
            actions=["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"],
            resources=[account.arn("cloudwatch", "alarm:*", region=account.region)],
        ),
        *(_grant_query_logs(log_groups) if log_groups else ()),
    ]


def _grant_query_logs(log_groups: list[str]) -> Statements:
    return [
        DataAwsIamPolicyDocumentStatement(
            actions=["logs:GetLogEvents", "logs:GetLogGroupFields", "logs:GetQueryResults", "logs:StartQuery"],
            resources=log_groups,
        )
    ]
