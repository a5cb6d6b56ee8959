"""Facts of AWS that settings are checked against; tests compare them with the service models of botocore."""

from __future__ import annotations

import json
from datetime import date
from ipaddress import IPv4Network
from typing import Final, NamedTuple

from config.paths import ROOT


class SupportPeriod(NamedTuple):
    """Last days of standard and of extended support of a Kubernetes version on EKS."""

    standard_ends: date
    extended_ends: date


KUBERNETES_SUPPORT_FILE: Final = ROOT / "config" / "core" / "kubernetes_support.json"
"""Last days of support by version: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html."""

KUBERNETES_SUPPORT: Final = {
    version: SupportPeriod(*map(date.fromisoformat, ends))
    for version, ends in json.loads(KUBERNETES_SUPPORT_FILE.read_text(encoding="utf-8")).items()
}

# Regions with EKS, by partition. https://docs.aws.amazon.com/general/latest/gr/eks.html
REGIONS: Final = {
    "aws": (
        "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2",
        "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1",
        "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
        "us-west-2",
    ),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}  # fmt: skip

# Regions that Terraform 1.10 does not know, the oldest that this project takes; its S3 backend asks to skip the check.
# https://developer.hashicorp.com/terraform/language/backend/s3#skip_region_validation
REGIONS_NEW_TO_TERRAFORM: Final = ("ap-east-2", "ap-southeast-6", "ap-southeast-7", "mx-central-1")

# Zones, by their ids, in which EKS places no control plane; which letter they have differs between accounts.
# https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
ZONES_WITHOUT_CONTROL_PLANE: Final = {
    "us-east-1": ("use1-az3",),
    "us-west-1": ("usw1-az2",),
    "ca-central-1": ("cac1-az3",),
}


def partition_of(region: str) -> str:
    """Return the ARN partition of a region: `aws`, `aws-cn` or `aws-us-gov`."""
    return next(partition for partition, regions in REGIONS.items() if region in regions)


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip

EKS_CLUSTER_NAME_MAX_LENGTH: Final = 100
EKS_NODE_GROUP_NAME_MAX_LENGTH: Final = 63
S3_BUCKET_NAME_MAX_LENGTH: Final = 63
TAGS_PER_RESOURCE: Final = 50
FURTHER_NODE_POLICIES: Final = 6
"""In addition to the four that every node needs, of ten: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""

NODE_LABEL_MAX_LENGTH: Final = 63  # of key and value each, by the API of node groups
NODES_PER_NODE_GROUP: Final = 450  # https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
PUBLIC_ACCESS_CIDRS: Final = 40  # https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
MOST_ZONES: Final = 6  # of a region: us-east-1 has the most

# gp3 volumes. https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
GP3_GIB: Final = (1, 65536)
GP3_IOPS: Final = (3000, 80000)
GP3_THROUGHPUT_MIB: Final = (125, 2000)

# VPC and subnet sizes. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
VPC_PREFIX_LENGTHS: Final = (16, 28)
# This network, loopback, link-local, and multicast with reserved. https://www.rfc-editor.org/rfc/rfc6890
NEVER_A_VPC: Final = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
# EKS' own choice of the block is never inside a VPC: 172.20.0.0/16 for a VPC in 10.0.0.0/8, else 10.100.0.0/16
# (https://github.com/awslabs/amazon-eks-ami computes the address of the cluster's DNS by that rule).
# https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
SERVICE_PREFIX_LENGTHS: Final = (12, 24)
RFC1918: Final = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
