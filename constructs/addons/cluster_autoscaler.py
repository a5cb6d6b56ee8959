"""The cluster autoscaler, which changes the sizes of this cluster's node groups and of no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
)

from config import versions
from constructs.addons.addon_release import NOBODY, AddonConstruct, AddonProps
from constructs.kubernetes.shapes import restricted_container

if TYPE_CHECKING:
    from config.addons.cluster_autoscaler import ClusterAutoscalerSettings
    from constructs import Construct
    from constructs.addons.addon_release import AddonAws, AddonEks
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values

# Which have no narrower resource, or only reads for discovery:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
UNSCOPED_ACTIONS = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeTags",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceTypesFromInstanceRequirements",
)


class ClusterAutoscaler(AddonConstruct):
    """The release, and the role that it works by."""

    def __init__(
        self, scope: Construct, id_: str, props: AddonProps[ClusterAutoscalerSettings], aws: AddonAws, eks: AddonEks
    ) -> None:
        super().__init__(scope, id_)
        account = aws.find_account()
        identity = props.create_identity(
            self, aws, {"scale-node-groups": grant_scaling(props.context.cluster_name, account)}
        )
        values = _values(props, account, eks.version, identity.service_account)
        self.release = props.create_release(self, values, depends_on=identity.depends_on)


def grant_scaling(cluster_name: str, account: Account) -> Statements:
    """Permit finding every group, and changing those that EKS tagged as this cluster's.

    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md#iam-policy
    """
    return [
        DataAwsIamPolicyDocumentStatement(actions=list(UNSCOPED_ACTIONS), resources=["*"]),
        DataAwsIamPolicyDocumentStatement(
            actions=["eks:DescribeNodegroup"],
            resources=[account.arn("eks", f"nodegroup/{cluster_name}/*/*", region=account.region)],
        ),
        DataAwsIamPolicyDocumentStatement(
            actions=["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            resources=[account.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*", region=account.region)],
            condition=[
                DataAwsIamPolicyDocumentStatementCondition(
                    test="StringEquals",
                    variable=f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster_name}",
                    values=["owned"],
                )
            ],
        ),
    ]


def _values(
    props: AddonProps[ClusterAutoscalerSettings], account: Account, version: str, service_account: Values
) -> Values:
    """Return the values of the pinned chart."""
    settings, context = props.settings, props.context
    # Of a version that is not known: the chart's own.
    tag = versions.CLUSTER_AUTOSCALER_TAGS.get(version)
    arguments: Values = {
        "balance-similar-node-groups": True,
        # A few series a group, by which an alert names the one that is full.
        "emit-per-nodegroup-metrics": True,
        "expander": settings.expander,
        "scale-down-unneeded-time": settings.scale_down_unneeded_time,
        "scale-down-utilization-threshold": settings.scale_down_utilization_threshold,
        "skip-nodes-with-local-storage": settings.skip_nodes_with_local_storage,
        # Else a node stays for as long as one add-on without a disruption budget runs on it.
        "skip-nodes-with-system-pods": False,
    }
    return {
        **context.placement.values(),
        "fullnameOverride": props.service_account.name,
        "additionalLabels": dict(context.labels),
        "autoDiscovery": {
            "clusterName": context.cluster_name,
            # EKS gives both tags to the groups of its node groups.
            # https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
            "tags": ["k8s.io/cluster-autoscaler/enabled", f"k8s.io/cluster-autoscaler/{context.cluster_name}"],
        },
        "awsRegion": account.region,
        "cloudProvider": "aws",
        "extraArgs": arguments,
        "image": {
            **context.repository("autoscaling/cluster-autoscaler"),
            **({} if tag is None else {"tag": tag}),
            "pullSecrets": list(context.image_pull_secrets),
        },
        "rbac": {"serviceAccount": service_account},
        "replicaCount": 1,
        "resources": settings.resources.values(),
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containerSecurityContext": restricted_container(NOBODY),
    }
