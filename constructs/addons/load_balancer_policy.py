"""What the AWS load balancer controller may do: its own policy, narrowed to one cluster's resources.

The controller's own policy names most resources by `*` and any cluster's tag:
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json
Here are the same actions on resources of this account and region, and of this cluster where they carry its tag; WAF and
Shield where it is switched on, and WAF Classic, which AWS has ended, not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons.load_balancer_scope import LoadBalancerScope
from constructs.aws.statements import allow, condition, equals

if TYPE_CHECKING:
    from config.addons.load_balancer_controller import LoadBalancerControllerSettings
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

# Reads for discovery, none of which has a narrower resource:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
UNSCOPED_READS = (
    "acm:ListCertificates",
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCoipPools",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeIpamPools",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "elasticloadbalancing:DescribeCapacityReservation",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeSSLPolicies",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeTrustStores",
    "iam:ListServerCertificates",
)
# A permission without an action of its own, which WAF asks for when it attaches a web ACL.
UNSCOPED_WAF_ACTIONS = ("elasticloadbalancing:SetWebAcl",)
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsshield.html
UNSCOPED_SHIELD_ACTIONS = ("shield:CreateProtection", "shield:GetSubscriptionState")


def grant_load_balancing(
    cluster_name: str, vpc_id: str, account: Account, settings: LoadBalancerControllerSettings
) -> Statements:
    """Permit making load balancers in one VPC, and changing those of one cluster."""
    scope = LoadBalancerScope(cluster_name=cluster_name, vpc_id=vpc_id, account=account)
    return [
        *_grant_read(scope),
        *_grant_guard(scope),
        *_grant_create(scope),
        *_grant_change(scope),
        *_grant_tag(scope),
        *(_grant_use_waf(scope) if settings.waf else ()),
        *(_grant_use_shield(scope) if settings.shield else ()),
    ]


def _grant_read(scope: LoadBalancerScope) -> Statements:
    account = scope.account
    return [
        allow(UNSCOPED_READS, ["*"]),
        allow(["acm:DescribeCertificate"], [scope.arn("acm", "certificate/*")]),
        allow(["cognito-idp:DescribeUserPoolClient"], [scope.arn("cognito-idp", "userpool/*")]),
        allow(["ec2:GetCoipPoolUsage"], [scope.arn("ec2", "coip-pool/*")]),
        allow(["ec2:GetSecurityGroupsForVpc"], [scope.vpc]),
        allow(["iam:GetServerCertificate"], [account.arn("iam", "server-certificate/*")]),
    ]


def _grant_guard(scope: LoadBalancerScope) -> Statements:
    """Permit security groups of its own, and rules in those of the nodes, which carry no tag of the controller."""
    in_vpc = condition("ArnEquals", "ec2:Vpc", scope.vpc)
    return [
        allow(["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"], [scope.security_groups], in_vpc),
        allow(["ec2:CreateSecurityGroup"], [scope.security_groups, scope.vpc]),
        allow(["ec2:DeleteSecurityGroup"], [scope.security_groups], scope.tagged),
    ]


def _grant_create(scope: LoadBalancerScope) -> Statements:
    role = "role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"
    return [
        allow(
            ["iam:CreateServiceLinkedRole"],
            [scope.account.arn("iam", role)],
            equals("iam:AWSServiceName", "elasticloadbalancing.amazonaws.com"),
        ),
        allow(["elasticloadbalancing:CreateLoadBalancer"], scope.load_balancers, scope.tags),
        allow(["elasticloadbalancing:CreateTargetGroup"], scope.target_groups, scope.tags),
        allow(["elasticloadbalancing:CreateListener"], scope.load_balancers),
        allow(["elasticloadbalancing:CreateRule"], scope.listeners),
    ]


def _grant_change(scope: LoadBalancerScope) -> Statements:
    """Permit changes; targets go into target groups of somebody else too, which carry no tag of the controller."""
    return [
        allow(
            [
                "elasticloadbalancing:DeleteLoadBalancer",
                "elasticloadbalancing:ModifyCapacityReservation",
                "elasticloadbalancing:ModifyIpPools",
                "elasticloadbalancing:ModifyLoadBalancerAttributes",
                "elasticloadbalancing:SetIpAddressType",
                "elasticloadbalancing:SetSecurityGroups",
                "elasticloadbalancing:SetSubnets",
            ],
            scope.load_balancers,
            scope.tagged,
        ),
        allow(
            [
                "elasticloadbalancing:DeleteTargetGroup",
                "elasticloadbalancing:ModifyTargetGroup",
                "elasticloadbalancing:ModifyTargetGroupAttributes",
            ],
            scope.target_groups,
            scope.tagged,
        ),
        allow(["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"], scope.target_groups),
        allow(["elasticloadbalancing:ModifyListenerAttributes"], scope.listeners, scope.tagged),
        allow(
            [
                "elasticloadbalancing:AddListenerCertificates",
                "elasticloadbalancing:DeleteListener",
                "elasticloadbalancing:ModifyListener",
                "elasticloadbalancing:RemoveListenerCertificates",
            ],
            scope.listeners,
        ),
        allow(
            [
                "elasticloadbalancing:DeleteRule",
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:SetRulePriorities",
            ],
            scope.rules,
        ),
    ]


def _grant_tag(scope: LoadBalancerScope) -> Statements:
    """Permit tags on what is being made or is this cluster's, except the tag that says so."""
    balancers = [*scope.load_balancers, *scope.target_groups]
    tagging = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
    at_creation = equals("elasticloadbalancing:CreateAction", "CreateLoadBalancer", "CreateTargetGroup")
    return [
        allow(
            ["ec2:CreateTags"], [scope.security_groups], equals("ec2:CreateAction", "CreateSecurityGroup"), scope.tags
        ),
        allow(["ec2:CreateTags", "ec2:DeleteTags"], [scope.security_groups], scope.tagged, scope.keeps_tag),
        allow(["elasticloadbalancing:AddTags"], balancers, at_creation, scope.tags),
        allow(tagging, balancers, scope.tagged, scope.keeps_tag),
        allow(tagging, [*scope.listeners, *scope.rules]),
    ]


def _grant_use_waf(scope: LoadBalancerScope) -> Statements:
    acls = scope.arn("wafv2", "regional/webacl/*/*")
    return [
        allow(UNSCOPED_WAF_ACTIONS, ["*"]),
        allow(["wafv2:GetWebACL"], [acls]),
        allow(["wafv2:AssociateWebACL", "wafv2:GetWebACLForResource"], [acls, *scope.application_load_balancers]),
        allow(["wafv2:DisassociateWebACL"], scope.application_load_balancers),
    ]


def _grant_use_shield(scope: LoadBalancerScope) -> Statements:
    return [
        allow(UNSCOPED_SHIELD_ACTIONS, ["*"]),
        allow(["shield:DeleteProtection", "shield:DescribeProtection"], [scope.account.arn("shield", "protection/*")]),
    ]
