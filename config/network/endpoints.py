"""Endpoints of the VPC: which services have one here, and under which name."""

from __future__ import annotations

from typing import Final, Literal

InterfaceEndpoint = Literal[
    "acm", "aps-workspaces", "autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth",
    "elasticfilesystem", "elasticloadbalancing", "grafana", "grafana-workspace", "kms", "logs", "monitoring",
    "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts", "wafv2",
]  # fmt: skip

# https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
NODES: Final = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts")

# Names of services in China: some have their own beginning, some the usual one; what others have is not known here.
# `aws ec2 describe-vpc-endpoint-services`, as the table of the AWS CDK has it:
# https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts
OWN_IN_CHINA: Final = frozenset(
    {"autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "elasticfilesystem", "monitoring", "sqs", "sts"}
)
# The gateways among them; an interface endpoint of S3 has a name of its own.
USUAL_IN_CHINA: Final = frozenset(
    {"dynamodb", "ec2messages", "kms", "logs", "s3", "secretsmanager", "sns", "ssm", "ssmmessages"}
)


def service_names(endpoint: str, region: str) -> tuple[str, ...]:
    """Return the name of the service that an endpoint in a region leads to, or the two of which it has one."""
    usual = f"com.amazonaws.{region}.{endpoint}"
    if not region.startswith("cn-") or endpoint in USUAL_IN_CHINA:
        return (usual,)
    own = f"cn.{usual}"
    return (own,) if endpoint in OWN_IN_CHINA else (own, usual)
