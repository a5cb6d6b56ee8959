"""Which IAM roles add-ons have, whom those trust, and what they permit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.addons.addon import Addon
from config.addons.cluster_addons import ClusterAddonsSettings
from config.addons.load_balancer_controller import LoadBalancerControllerSettings
from constructs.addons.load_balancer_policy import grant_load_balancing
from tests.addons.conftest import ALONE
from tests.iam import as_policy
from tests.monitoring.small_stack import synthesize_stack

if TYPE_CHECKING:
    from pathlib import Path

    from cdktf import TerraformStack

    from constructs.aws.account import Account
    from tests.synthesis import Stack, Synthesized

ACCOUNT = "${data.aws_caller_identity.account_caller_1C5BE04F.account_id}"
ADDONS = [addon for name, addon in ClusterAddonsSettings() if isinstance(addon, Addon) and name not in ALONE]
ACCOUNTS = {addon.ROLE: (addon.NAMESPACE, addon.CHART.name) for addon in ADDONS if addon.ROLE is not None}
# Where the values of a chart have the service account, unless it is under `serviceAccount`.
PATHS = {"cluster-autoscaler": ("rbac", "serviceAccount"), "velero": ("serviceAccount", "server")}


@pytest.fixture(scope="session")
def stack(defaults: Synthesized) -> Stack:
    return defaults["dev-cluster-addons"]


@pytest.fixture(scope="session")
def pod_identity(everything: Synthesized) -> Stack:
    return everything["everything-cluster-addons"]


def roles(stack: Stack) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return id and body of each role by its name without the cluster's."""
    return {role["name"].partition("-gd9-")[2]: (id_, role) for id_, role in stack.resources("aws_iam_role").items()}


def permissions(stack: Stack, name: str) -> list[dict[str, Any]]:
    """Return the statements of a role's only policy."""
    id_, _ = roles(stack)[name]
    (policy,) = (
        policy
        for policy in stack.resources("aws_iam_role_policy").values()
        if policy["role"] == f"${{aws_iam_role.{id_}.name}}"
    )
    found: list[dict[str, Any]] = stack.policy_document(policy["policy"])["statement"]
    return found


def service_account(stack: Stack, name: str) -> dict[str, Any]:
    """Return the service account in the values of the chart that the role is for."""
    values = stack.values(ACCOUNTS[name][1])
    for key in PATHS.get(name, ("serviceAccount",)):
        values = values[key]
    return values


class TestIrsa:
    def test_roles(self, stack: Stack) -> None:
        assert set(roles(stack)) == set(ACCOUNTS)
        assert stack.resources("aws_eks_pod_identity_association") == {}

    @pytest.mark.parametrize("name", ACCOUNTS)
    def test_a_role_trusts_the_service_account_that_the_chart_makes(self, name: str, stack: Stack) -> None:
        namespace, account = ACCOUNTS[name]
        id_, role = roles(stack)[name]
        (trust,) = stack.policy_document(role["assume_role_policy"])["statement"]
        issuer = '${trimprefix(data.terraform_remote_state.state-cluster.outputs.oidc_issuer_url, "https://")}'
        assert trust["actions"] == ["sts:AssumeRoleWithWebIdentity"]
        assert trust["condition"] == [
            {
                "test": "StringEquals",
                "variable": f"{issuer}:sub",
                "values": [f"system:serviceaccount:{namespace}:{account}"],
            },
            {"test": "StringEquals", "variable": f"{issuer}:aud", "values": ["sts.amazonaws.com"]},
        ]
        assert service_account(stack, name) == {
            "create": True,
            "name": account,
            "annotations": {"eks.amazonaws.com/role-arn": f"${{aws_iam_role.{id_}.arn}}"},
        }
        assert stack.release(ACCOUNTS[name][1])["namespace"] == namespace

    @pytest.mark.parametrize("name", ACCOUNTS)
    def test_pods_start_after_the_permissions(self, name: str, stack: Stack) -> None:
        id_, _ = roles(stack)[name]
        (policy,) = (
            key
            for key, policy in stack.resources("aws_iam_role_policy").items()
            if policy["role"] == f"${{aws_iam_role.{id_}.name}}"
        )
        assert f"aws_iam_role_policy.{policy}" in stack.release(ACCOUNTS[name][1])["depends_on"]

    def test_the_others_have_no_role(self, stack: Stack) -> None:
        for release in (addon.CHART.name for addon in ADDONS if addon.ROLE is None):
            assert stack.values(release)["serviceAccount"] == {"create": True, "name": release}


class TestPodIdentity:
    @pytest.mark.parametrize("name", ACCOUNTS)
    def test_a_role_trusts_eks_for_one_service_account(self, name: str, pod_identity: Stack) -> None:
        namespace, account = ACCOUNTS[name]
        _, role = roles(pod_identity)[name]
        tags = {
            "eks-cluster-name": "everything-gd9",
            "kubernetes-namespace": namespace,
            "kubernetes-service-account": account,
        }
        assert pod_identity.policy_document(role["assume_role_policy"])["statement"] == [
            {
                "actions": ["sts:AssumeRole", "sts:TagSession"],
                "principals": [{"type": "Service", "identifiers": ["pods.eks.amazonaws.com"]}],
                "condition": [
                    {"test": "StringEquals", "variable": f"aws:RequestTag/{key}", "values": [value]}
                    for key, value in tags.items()
                ],
            }
        ]

    @pytest.mark.parametrize("name", ACCOUNTS)
    def test_the_service_account_is_associated_before_its_pods_start(self, name: str, pod_identity: Stack) -> None:
        namespace, account = ACCOUNTS[name]
        id_, _ = roles(pod_identity)[name]
        (association_id,) = (
            key
            for key, body in pod_identity.resources("aws_eks_pod_identity_association").items()
            if body["role_arn"] == f"${{aws_iam_role.{id_}.arn}}"
        )
        association = pod_identity.resources("aws_eks_pod_identity_association")[association_id]
        assert (association["cluster_name"], association["namespace"], association["service_account"]) == (
            "everything-gd9",
            namespace,
            account,
        )
        assert service_account(pod_identity, name) == {"create": True, "name": account}
        waits_for = pod_identity.release(ACCOUNTS[name][1])["depends_on"]
        assert f"aws_eks_pod_identity_association.{association_id}" in waits_for

    def test_nothing_is_by_irsa(self, pod_identity: Stack) -> None:
        assert "AssumeRoleWithWebIdentity" not in str(pod_identity.json)


class TestPermissions:
    def test_the_autoscaler_changes_the_groups_of_its_cluster(self, stack: Stack) -> None:
        assert permissions(stack, "cluster-autoscaler") == [
            {
                "actions": [
                    "autoscaling:DescribeAutoScalingGroups",
                    "autoscaling:DescribeAutoScalingInstances",
                    "autoscaling:DescribeLaunchConfigurations",
                    "autoscaling:DescribeScalingActivities",
                    "autoscaling:DescribeTags",
                    "ec2:DescribeImages",
                    "ec2:DescribeInstanceTypes",
                    "ec2:DescribeLaunchTemplateVersions",
                    "ec2:GetInstanceTypesFromInstanceRequirements",
                ],
                "resources": ["*"],
            },
            {
                "actions": ["eks:DescribeNodegroup"],
                "resources": [f"arn:aws:eks:us-east-2:{ACCOUNT}:nodegroup/dev-gd9/*/*"],
            },
            {
                "actions": ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
                "resources": [f"arn:aws:autoscaling:us-east-2:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/*"],
                "condition": [
                    {
                        "test": "StringEquals",
                        "variable": "aws:ResourceTag/k8s.io/cluster-autoscaler/dev-gd9",
                        "values": ["owned"],
                    }
                ],
            },
        ]

    def test_external_dns_changes_records_of_its_zones(self, stack: Stack) -> None:
        (zone,) = stack.data("aws_route53_zone")
        assert stack.data("aws_route53_zone")[zone]["name"] == "example.com"
        assert permissions(stack, "external-dns") == [
            {"actions": ["route53:ListHostedZones"], "resources": ["*"]},
            {
                "actions": [
                    "route53:ChangeResourceRecordSets",
                    "route53:ListResourceRecordSets",
                    "route53:ListTagsForResources",
                ],
                "resources": [
                    "arn:aws:route53:::hostedzone/Z0A1B2",
                    f"arn:aws:route53:::hostedzone/${{data.aws_route53_zone.{zone}.zone_id}}",
                ],
            },
        ]

    def test_cert_manager_answers_challenges_in_its_zones(self, stack: Stack) -> None:
        zone = "arn:aws:route53:::hostedzone/Z0A1B2"
        assert permissions(stack, "cert-manager") == [
            {"actions": ["route53:GetChange"], "resources": ["arn:aws:route53:::change/*"]},
            {"actions": ["route53:ListResourceRecordSets"], "resources": [zone]},
            {
                "actions": ["route53:ChangeResourceRecordSets"],
                "resources": [zone],
                "condition": [
                    {
                        "test": "ForAllValues:StringEquals",
                        "variable": "route53:ChangeResourceRecordSetsRecordTypes",
                        "values": ["TXT"],
                    }
                ],
            },
        ]

    def test_private_zones_are_told_from_public_ones(self, pod_identity: Stack) -> None:
        zones = {(zone["name"], zone["private_zone"]) for zone in pod_identity.data("aws_route53_zone").values()}
        assert zones == {("example.com", False), ("example.com", True)}


VPC = "arn:aws:ec2:us-east-2:${data.aws_caller_identity.account_caller_1C5BE04F.account_id}:vpc/vpc-1"
TAGGED = ("StringEquals", "aws:ResourceTag/elbv2.k8s.aws/cluster", ["c"])
TAGS = ("StringEquals", "aws:RequestTag/elbv2.k8s.aws/cluster", ["c"])
KEEPS_TAG = ("Null", "aws:RequestTag/elbv2.k8s.aws/cluster", ["true"])
IN_VPC = ("ArnEquals", "ec2:Vpc", [VPC])
AT_CREATION = ("StringEquals", "elasticloadbalancing:CreateAction", ["CreateLoadBalancer", "CreateTargetGroup"])
OF_GROUP = ("StringEquals", "ec2:CreateAction", ["CreateSecurityGroup"])
BALANCERS = ("loadbalancer/app/*/*", "loadbalancer/net/*/*")
TARGETS = ("targetgroup/*/*",)
LISTENERS = ("listener/app/*/*/*", "listener/net/*/*/*")
RULES = ("listener-rule/app/*/*/*/*", "listener-rule/net/*/*/*/*")

# What the load balancer controller may change: on which resources, under which conditions.
WRITES = {
    "ec2:AuthorizeSecurityGroupIngress": [(("security-group/*",), {IN_VPC[:2]})],
    "ec2:CreateSecurityGroup": [(("security-group/*", "vpc/vpc-1"), set())],
    "ec2:CreateTags": [
        (("security-group/*",), {OF_GROUP[:2], TAGS[:2]}),
        (("security-group/*",), {TAGGED[:2], KEEPS_TAG[:2]}),
    ],
    "ec2:DeleteSecurityGroup": [(("security-group/*",), {TAGGED[:2]})],
    "ec2:DeleteTags": [(("security-group/*",), {TAGGED[:2], KEEPS_TAG[:2]})],
    "ec2:RevokeSecurityGroupIngress": [(("security-group/*",), {IN_VPC[:2]})],
    "elasticloadbalancing:AddListenerCertificates": [(LISTENERS, set())],
    "elasticloadbalancing:AddTags": [
        ((*BALANCERS, *TARGETS), {AT_CREATION[:2], TAGS[:2]}),
        ((*BALANCERS, *TARGETS), {TAGGED[:2], KEEPS_TAG[:2]}),
        ((*LISTENERS, *RULES), set()),
    ],
    "elasticloadbalancing:CreateListener": [(BALANCERS, set())],
    "elasticloadbalancing:CreateLoadBalancer": [(BALANCERS, {TAGS[:2]})],
    "elasticloadbalancing:CreateRule": [(LISTENERS, set())],
    "elasticloadbalancing:CreateTargetGroup": [(TARGETS, {TAGS[:2]})],
    "elasticloadbalancing:DeleteListener": [(LISTENERS, set())],
    "elasticloadbalancing:DeleteLoadBalancer": [(BALANCERS, {TAGGED[:2]})],
    "elasticloadbalancing:DeleteRule": [(RULES, set())],
    "elasticloadbalancing:DeleteTargetGroup": [(TARGETS, {TAGGED[:2]})],
    "elasticloadbalancing:DeregisterTargets": [(TARGETS, set())],
    "elasticloadbalancing:ModifyCapacityReservation": [(BALANCERS, {TAGGED[:2]})],
    "elasticloadbalancing:ModifyIpPools": [(BALANCERS, {TAGGED[:2]})],
    "elasticloadbalancing:ModifyListener": [(LISTENERS, set())],
    "elasticloadbalancing:ModifyListenerAttributes": [(LISTENERS, {TAGGED[:2]})],
    "elasticloadbalancing:ModifyLoadBalancerAttributes": [(BALANCERS, {TAGGED[:2]})],
    "elasticloadbalancing:ModifyRule": [(RULES, set())],
    "elasticloadbalancing:ModifyTargetGroup": [(TARGETS, {TAGGED[:2]})],
    "elasticloadbalancing:ModifyTargetGroupAttributes": [(TARGETS, {TAGGED[:2]})],
    "elasticloadbalancing:RegisterTargets": [(TARGETS, set())],
    "elasticloadbalancing:RemoveListenerCertificates": [(LISTENERS, set())],
    "elasticloadbalancing:RemoveTags": [
        ((*BALANCERS, *TARGETS), {TAGGED[:2], KEEPS_TAG[:2]}),
        ((*LISTENERS, *RULES), set()),
    ],
    "elasticloadbalancing:SetIpAddressType": [(BALANCERS, {TAGGED[:2]})],
    "elasticloadbalancing:SetRulePriorities": [(RULES, set())],
    "elasticloadbalancing:SetSecurityGroups": [(BALANCERS, {TAGGED[:2]})],
    "elasticloadbalancing:SetSubnets": [(BALANCERS, {TAGGED[:2]})],
    "iam:CreateServiceLinkedRole": [
        (
            ("role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing",),
            {("StringEquals", "iam:AWSServiceName")},
        )
    ],
}


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return balancing_statements(tmp_path_factory.mktemp("policy"), LoadBalancerControllerSettings())


class TestLoadBalancerPolicy:
    def test_what_it_changes_is_narrow(self, statements: list[dict[str, Any]]) -> None:
        assert granted(statements) == WRITES

    def test_conditions_name_this_cluster_and_network(self, statements: list[dict[str, Any]]) -> None:
        known = (TAGGED, TAGS, KEEPS_TAG, IN_VPC, AT_CREATION, OF_GROUP)
        found = {
            (condition["test"], condition["variable"], tuple(condition["values"]))
            for statement in statements
            for condition in statement.get("condition", [])
        }
        service = ("StringEquals", "iam:AWSServiceName", ("elasticloadbalancing.amazonaws.com",))
        assert found == {service, *((test, variable, tuple(values)) for test, variable, values in known)}

    def test_unscoped_are_reads_only(self, statements: list[dict[str, Any]]) -> None:
        unscoped = [action for part in statements if "*" in part["resources"] for action in part["actions"]]
        assert unscoped
        assert all(action.partition(":")[2].startswith(("Describe", "List")) for action in unscoped)

    def test_waf_and_shield_are_by_choice(self, statements: list[dict[str, Any]], tmp_path: Path) -> None:
        assert not any(name in str(statements) for name in ("waf", "shield", "SetWebAcl"))
        chosen = balancing_statements(tmp_path, LoadBalancerControllerSettings(waf=True, shield=True))
        more = {action: scopes for action, scopes in granted(chosen).items() if action not in WRITES}
        acl = ("regional/webacl/*/*",)
        assert more == {
            "elasticloadbalancing:SetWebAcl": [(("*",), set())],
            "shield:CreateProtection": [(("*",), set())],
            "shield:DeleteProtection": [(("protection/*",), set())],
            "wafv2:AssociateWebACL": [((*acl, "loadbalancer/app/*/*"), set())],
            "wafv2:DisassociateWebACL": [(("loadbalancer/app/*/*",), set())],
        }

    def test_it_fits_into_a_role(self, tmp_path: Path) -> None:
        """10,240 characters without white space: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
        settings = LoadBalancerControllerSettings(waf=True, shield=True)
        chosen = balancing_statements(tmp_path, settings, cluster="c" * 47, vpc_id="vpc-" + "1" * 17)
        assert 8_000 < len(as_policy(chosen)) <= 10_240


def balancing_statements(
    outdir: Path, settings: LoadBalancerControllerSettings, *, cluster: str = "c", vpc_id: str = "vpc-1"
) -> list[dict[str, Any]]:
    """Return what the controller of a cluster is permitted."""

    def build(stack: TerraformStack, account: Account) -> None:
        from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocument

        DataAwsIamPolicyDocument(stack, "policy", statement=grant_load_balancing(cluster, vpc_id, account, settings))

    found: list[dict[str, Any]] = synthesize_stack(outdir, build).data("aws_iam_policy_document")["policy"]["statement"]
    return found


def granted(statements: list[dict[str, Any]]) -> dict[str, list[tuple[tuple[str, ...], set[tuple[str, str]]]]]:
    """Return on what and when each action that changes something is permitted, with the ends of the ARNs."""
    found: dict[str, list[tuple[tuple[str, ...], set[tuple[str, str]]]]] = {}
    for statement in statements:
        resources = tuple(arn.rpartition(":")[2] for arn in statement["resources"])
        conditions = {(part["test"], part["variable"]) for part in statement.get("condition", [])}
        for action in statement["actions"]:
            if not action.partition(":")[2].startswith(("Describe", "Get", "List")):
                found.setdefault(action, []).append((resources, conditions))
    return dict(sorted(found.items()))
