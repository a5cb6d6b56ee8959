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

# In China most services have names of their own; these have the usual form.
# https://docs.amazonaws.cn/en_us/vpc/latest/privatelink/aws-services-privatelink-support.html
USUAL_IN_CHINA: Final = ("dynamodb", "ec2messages", "kms", "logs", "s3", "secretsmanager", "sns", "ssm", "ssmmessages")


def service_name(endpoint: str, region: str) -> str:
    """Return the name of the service that an endpoint in a region leads to."""
    is_own = region.startswith("cn-") and endpoint not in USUAL_IN_CHINA
    return f"{'cn.' if is_own else ''}com.amazonaws.{region}.{endpoint}"
