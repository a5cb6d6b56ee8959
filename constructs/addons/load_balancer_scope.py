"""The scope of the statements for the AWS load balancer controller: resources of one cluster, by their tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs.aws.statements import condition, equals

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatementCondition

    from constructs.aws.account import Account

CLUSTER_TAG = "elbv2.k8s.aws/cluster"


@dataclass(frozen=True, kw_only=True)
class LoadBalancerScope:
    """The ARNs that the statements are about."""

    cluster_name: str
    vpc_id: str
    account: Account

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN of the cluster's account and region."""
        return self.account.arn(service, resource, region=self.account.region)

    def balancing(self, *resources: str) -> list[str]:
        """Return ARNs of load balancing."""
        return [self.arn("elasticloadbalancing", resource) for resource in resources]

    @property
    def vpc(self) -> str:
        """The VPC in which the controller works."""
        return self.arn("ec2", f"vpc/{self.vpc_id}")

    @property
    def security_groups(self) -> str:
        """Every security group."""
        return self.arn("ec2", "security-group/*")

    @property
    def application_load_balancers(self) -> list[str]:
        """Application load balancers."""
        return self.balancing("loadbalancer/app/*/*")

    @property
    def load_balancers(self) -> list[str]:
        """Application and network load balancers."""
        return self.balancing("loadbalancer/app/*/*", "loadbalancer/net/*/*")

    @property
    def target_groups(self) -> list[str]:
        """Target groups."""
        return self.balancing("targetgroup/*/*")

    @property
    def listeners(self) -> list[str]:
        """Listeners of all load balancers."""
        return self.balancing("listener/app/*/*/*", "listener/net/*/*/*")

    @property
    def rules(self) -> list[str]:
        """Rules of all listeners."""
        return self.balancing("listener-rule/app/*/*/*/*", "listener-rule/net/*/*/*/*")

    @property
    def tagged(self) -> DataAwsIamPolicyDocumentStatementCondition:
        """What is changed is this cluster's."""
        return equals(f"aws:ResourceTag/{CLUSTER_TAG}", self.cluster_name)

    @property
    def tags(self) -> DataAwsIamPolicyDocumentStatementCondition:
        """What is made becomes this cluster's."""
        return equals(f"aws:RequestTag/{CLUSTER_TAG}", self.cluster_name)

    @property
    def keeps_tag(self) -> DataAwsIamPolicyDocumentStatementCondition:
        """The tag itself stays as it is."""
        return condition("Null", f"aws:RequestTag/{CLUSTER_TAG}", "true")
