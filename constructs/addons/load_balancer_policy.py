"""What the AWS load balancer controller v3.5 may do: its own policy, narrowed to one cluster's resources.

The controller's own policy names most resources by `*` and any cluster's tag:
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/v3.5.0/docs/install/iam_policy.json
Here are the same actions on resources of this account and region, and of this cluster where they carry its tag; WAF and
Shield by choice, and WAF Classic, which AWS has ended, not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
)

if TYPE_CHECKING:
    from config.addons.load_balancer_controller import LoadBalancerControllerSettings
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements

CLUSTER_TAG = "elbv2.k8s.aws/cluster"
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
    scope = _Scope(cluster_name=cluster_name, vpc_id=vpc_id, account=account)
    return [
        *_grant_read(scope),
        *_grant_guard(scope),
        *_grant_create(scope),
        *_grant_change(scope),
        *_grant_tag(scope),
        *(_grant_use_waf(scope) if settings.waf else ()),
        *(_grant_use_shield(scope) if settings.shield else ()),
    ]


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """The ARNs that the statements are about."""

    cluster_name: str
    vpc_id: str
    account: Account

    def arn(self, service: str, resource: str) -> str:
        return self.account.arn(service, resource, region=self.account.region)

    def balancing(self, *resources: str) -> list[str]:
        return [self.arn("elasticloadbalancing", resource) for resource in resources]

    @property
    def vpc(self) -> str:
        return self.arn("ec2", f"vpc/{self.vpc_id}")

    @property
    def security_groups(self) -> str:
        return self.arn("ec2", "security-group/*")

    @property
    def application_load_balancers(self) -> list[str]:
        return self.balancing("loadbalancer/app/*/*")

    @property
    def load_balancers(self) -> list[str]:
        return self.balancing("loadbalancer/app/*/*", "loadbalancer/net/*/*")

    @property
    def target_groups(self) -> list[str]:
        return self.balancing("targetgroup/*/*")

    @property
    def listeners(self) -> list[str]:
        return self.balancing("listener/app/*/*/*", "listener/net/*/*/*")

    @property
    def rules(self) -> list[str]:
        return self.balancing("listener-rule/app/*/*/*/*", "listener-rule/net/*/*/*/*")

    @property
    def tagged(self) -> DataAwsIamPolicyDocumentStatementCondition:
        """What is changed is this cluster's."""
        return _equals(f"aws:ResourceTag/{CLUSTER_TAG}", self.cluster_name)

    @property
    def tags(self) -> DataAwsIamPolicyDocumentStatementCondition:
        """What is made becomes this cluster's."""
        return _equals(f"aws:RequestTag/{CLUSTER_TAG}", self.cluster_name)

    @property
    def keeps_tag(self) -> DataAwsIamPolicyDocumentStatementCondition:
        """The tag itself stays as it is."""
        return DataAwsIamPolicyDocumentStatementCondition(
            test="Null", variable=f"aws:RequestTag/{CLUSTER_TAG}", values=["true"]
        )


def _grant_read(scope: _Scope) -> Statements:
    account = scope.account
    return [
        _allow(UNSCOPED_READS, ["*"]),
        _allow(["acm:DescribeCertificate"], [scope.arn("acm", "certificate/*")]),
        _allow(["cognito-idp:DescribeUserPoolClient"], [scope.arn("cognito-idp", "userpool/*")]),
        _allow(["ec2:GetCoipPoolUsage"], [scope.arn("ec2", "coip-pool/*")]),
        _allow(["ec2:GetSecurityGroupsForVpc"], [scope.vpc]),
        _allow(["iam:GetServerCertificate"], [account.arn("iam", "server-certificate/*")]),
    ]


def _grant_guard(scope: _Scope) -> Statements:
    """Permit security groups of its own, and rules in those of the nodes, which carry no tag of the controller."""
    in_vpc = DataAwsIamPolicyDocumentStatementCondition(test="ArnEquals", variable="ec2:Vpc", values=[scope.vpc])
    return [
        _allow(
            ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"], [scope.security_groups], in_vpc
        ),
        _allow(["ec2:CreateSecurityGroup"], [scope.security_groups, scope.vpc]),
        _allow(["ec2:DeleteSecurityGroup"], [scope.security_groups], scope.tagged),
    ]


def _grant_create(scope: _Scope) -> Statements:
    role = "role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"
    return [
        _allow(
            ["iam:CreateServiceLinkedRole"],
            [scope.account.arn("iam", role)],
            _equals("iam:AWSServiceName", "elasticloadbalancing.amazonaws.com"),
        ),
        _allow(["elasticloadbalancing:CreateLoadBalancer"], scope.load_balancers, scope.tags),
        _allow(["elasticloadbalancing:CreateTargetGroup"], scope.target_groups, scope.tags),
        _allow(["elasticloadbalancing:CreateListener"], scope.load_balancers),
        _allow(["elasticloadbalancing:CreateRule"], scope.listeners),
    ]


def _grant_change(scope: _Scope) -> Statements:
    """Permit changes; targets go into target groups of somebody else too, which carry no tag of the controller."""
    return [
        _allow(
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
        _allow(
            [
                "elasticloadbalancing:DeleteTargetGroup",
                "elasticloadbalancing:ModifyTargetGroup",
                "elasticloadbalancing:ModifyTargetGroupAttributes",
            ],
            scope.target_groups,
            scope.tagged,
        ),
        _allow(["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"], scope.target_groups),
        _allow(["elasticloadbalancing:ModifyListenerAttributes"], scope.listeners, scope.tagged),
        _allow(
            [
                "elasticloadbalancing:AddListenerCertificates",
                "elasticloadbalancing:DeleteListener",
                "elasticloadbalancing:ModifyListener",
                "elasticloadbalancing:RemoveListenerCertificates",
            ],
            scope.listeners,
        ),
        _allow(
            [
                "elasticloadbalancing:DeleteRule",
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:SetRulePriorities",
            ],
            scope.rules,
        ),
    ]


def _grant_tag(scope: _Scope) -> Statements:
    """Permit tags on what is being made or is this cluster's, but for the tag that says so."""
    balancers = [*scope.load_balancers, *scope.target_groups]
    tagging = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
    at_creation = _equals("elasticloadbalancing:CreateAction", "CreateLoadBalancer", "CreateTargetGroup")
    return [
        _allow(
            ["ec2:CreateTags"], [scope.security_groups], _equals("ec2:CreateAction", "CreateSecurityGroup"), scope.tags
        ),
        _allow(["ec2:CreateTags", "ec2:DeleteTags"], [scope.security_groups], scope.tagged, scope.keeps_tag),
        _allow(["elasticloadbalancing:AddTags"], balancers, at_creation, scope.tags),
        _allow(tagging, balancers, scope.tagged, scope.keeps_tag),
        _allow(tagging, [*scope.listeners, *scope.rules]),
    ]


def _grant_use_waf(scope: _Scope) -> Statements:
    acls = scope.arn("wafv2", "regional/webacl/*/*")
    return [
        _allow(UNSCOPED_WAF_ACTIONS, ["*"]),
        _allow(["wafv2:GetWebACL"], [acls]),
        _allow(["wafv2:AssociateWebACL", "wafv2:GetWebACLForResource"], [acls, *scope.application_load_balancers]),
        _allow(["wafv2:DisassociateWebACL"], scope.application_load_balancers),
    ]


def _grant_use_shield(scope: _Scope) -> Statements:
    return [
        _allow(UNSCOPED_SHIELD_ACTIONS, ["*"]),
        _allow(["shield:DeleteProtection", "shield:DescribeProtection"], [scope.account.arn("shield", "protection/*")]),
    ]


def _allow(
    actions: list[str] | tuple[str, ...], resources: list[str], *conditions: DataAwsIamPolicyDocumentStatementCondition
) -> DataAwsIamPolicyDocumentStatement:
    return DataAwsIamPolicyDocumentStatement(
        actions=list(actions), resources=resources, condition=list(conditions) or None
    )


def _equals(variable: str, *values: str) -> DataAwsIamPolicyDocumentStatementCondition:
    return DataAwsIamPolicyDocumentStatementCondition(test="StringEquals", variable=variable, values=list(values))
