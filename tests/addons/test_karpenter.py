"""Karpenter: what its controller may do, how it learns of interruptions, and which nodes it makes."""

# ruff: noqa: E501 (a message is on one line here, as it is printed)

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from config import versions

if TYPE_CHECKING:
    from tests.conftest import SynthesizeOne, Vary
    from tests.core.project import Project
    from tests.synthesis import Stack, Synthesized

CLUSTER = "scaled-gd9"
# What upstream's CloudFormation template permits the controller: https://karpenter.sh/docs/reference/cloudformation/
UPSTREAM = {
    "ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:CreateTags", "ec2:DeleteLaunchTemplate", "ec2:RunInstances",
    "ec2:TerminateInstances", "ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes", "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates", "ec2:DescribePlacementGroups", "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets", "eks:DescribeCluster", "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:GetInstanceProfile", "iam:ListInstanceProfiles",
    "iam:PassRole", "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "pricing:GetProducts",
    "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "ssm:GetParameter",
    "arc-zonal-shift:GetManagedResource",
}  # fmt: skip
# Terraform makes the one instance profile; zonal shift is off in the controller's settings.
NOT_PERMITTED = {
    "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "arc-zonal-shift:GetManagedResource",
}  # fmt: skip
CHANGES = ("ec2:Create", "ec2:Delete", "ec2:Run", "ec2:Terminate")


@pytest.fixture(scope="session")
def stack(defaults: Synthesized) -> Stack:
    """With nothing but defaults."""
    return defaults["scaled-cluster-addons"]


@pytest.fixture(scope="session")
def varied(everything: Synthesized) -> Stack:
    """With every setting."""
    return everything["another-cluster-addons"]


def role(stack: Stack, ending: str) -> tuple[str, dict[str, Any]]:
    ((id_, body),) = (
        (id_, body) for id_, body in stack.resources("aws_iam_role").items() if body["name"].endswith(ending)
    )
    return id_, body


def statements(stack: Stack) -> list[dict[str, Any]]:
    """Return every statement of the controller's policies."""
    id_, _ = role(stack, "-gd9-karpenter")
    policies = stack.resources("aws_iam_role_policy").values()
    return [
        statement
        for policy in policies
        if policy["role"] == f"${{aws_iam_role.{id_}.name}}"
        for statement in stack.policy_document(policy["policy"])["statement"]
    ]


def objects(stack: Stack) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the spec of each node pool and class."""
    found = stack.values("karpenter-nodes")["objects"].values()
    return {(one["kind"], one["metadata"]["name"]): one["spec"] for one in found}


class TestController:
    def test_permits_what_upstream_does_but_profiles(self, stack: Stack) -> None:
        permitted = {action for statement in statements(stack) for action in statement["actions"]}
        assert permitted == UPSTREAM - NOT_PERMITTED

    def test_changes_are_of_this_clusters_nodes(self, stack: Stack) -> None:
        for statement in statements(stack):
            if not any(action.startswith(CHANGES) for action in statement["actions"]):
                continue
            conditions = {one["variable"]: one["values"] for one in statement.get("condition", [])}
            owned = {f"aws:{tag}/kubernetes.io/cluster/{CLUSTER}" for tag in ("RequestTag", "ResourceTag")}
            # Launches use images, subnets and the like, which are nobody's nodes.
            uses_only = set(statement["actions"]) == {"ec2:CreateFleet", "ec2:RunInstances"} and not conditions
            assert uses_only or owned & set(conditions)

    def test_only_the_role_of_its_nodes_is_passed(self, stack: Stack) -> None:
        id_, _ = role(stack, "-karpenter-nodes")
        (passed,) = (one for one in statements(stack) if one["actions"] == ["iam:PassRole"])
        assert passed["resources"] == [f"${{aws_iam_role.{id_}.arn}}"]

    def test_keys_of_volumes_are_permitted(self, stack: Stack, varied: Stack) -> None:
        assert not any(action.startswith("kms:") for one in statements(stack) for action in one["actions"])
        keys = {one["resources"][0] for one in statements(varied) if one["actions"][0].startswith("kms:")}
        assert keys == {"arn:aws:kms:us-east-2:123456789012:key/0a1b2c3d"}

    def test_the_role_is_by_pod_identity_where_that_is_chosen(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        addons = {"identity": "pod-identity", "karpenter": {"enabled": True}}
        stack = synthesize_one(vary({"cluster_addons": addons}))["dev-cluster-addons"]
        association = stack.resource("aws_eks_pod_identity_association")
        assert (association["namespace"], association["service_account"]) == ("kube-system", "karpenter")

    def test_values(self, stack: Stack, varied: Stack) -> None:
        values = stack.values("karpenter")
        (queue,) = stack.resources("aws_sqs_queue")
        assert values["settings"] == {
            "clusterName": CLUSTER,
            "eksControlPlane": True,
            "interruptionQueue": f"${{aws_sqs_queue.{queue}.name}}",
            "isolatedVPC": False,
        }
        assert (values["fullnameOverride"], values["replicas"]) == ("karpenter", 2)
        assert values["controller"]["image"] == {}
        mirrored = varied.values("karpenter")["controller"]["image"]["repository"]
        assert mirrored == "registry.example.com/mirror/karpenter/controller"

    def test_a_network_without_nat_is_isolated(self, vary: Vary, synthesize_one: SynthesizeOne) -> None:
        endpoints = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts", "sqs", "ssm"]
        network = {"network.nat_gateways": "none", "network.interface_endpoints": endpoints}
        addons = {"image_registry": "registry.example.com", "karpenter": {"enabled": True}}
        monitoring = {"kube_prom_stack.image_registry": "registry.example.com"}
        stack = synthesize_one(vary({**network, "cluster_addons": addons, **monitoring}))["dev-cluster-addons"]
        assert stack.values("karpenter")["settings"]["isolatedVPC"] is True


class TestReleases:
    def test_crds_come_first_and_nodes_last(self, stack: Stack) -> None:
        """At a destroy the other way round: nodes go while the controller is there to end them."""
        all_releases = stack.resources("helm_release").items()
        releases = {body["name"]: (id_, body) for id_, body in all_releases if body["name"].startswith("karpenter")}
        assert set(releases) == {"karpenter-crd", "karpenter", "karpenter-nodes"}
        assert f"helm_release.{releases['karpenter-crd'][0]}" in releases["karpenter"][1]["depends_on"]
        assert f"helm_release.{releases['karpenter'][0]}" in releases["karpenter-nodes"][1]["depends_on"]
        assert all(body["wait"] for _, body in releases.values())

    def test_crds_are_of_the_charts_version_and_repository(self, stack: Stack, everything: Synthesized) -> None:
        assert versions.KARPENTER_CRD[1:] == versions.KARPENTER[1:]
        for one in (stack, everything["inside-cluster-addons"]):
            controller, crds = one.release("karpenter"), one.release("karpenter-crd")
            assert (crds["repository"], crds["version"]) == (controller["repository"], controller["version"])


class TestQueue:
    def test_takes_events_of_its_rules_by_tls_alone(self, stack: Stack) -> None:
        queue = stack.resource("aws_sqs_queue")
        assert (queue["name"], queue["sqs_managed_sse_enabled"]) == (f"{CLUSTER}-karpenter", True)
        send, deny = stack.policy_document(stack.resource("aws_sqs_queue_policy")["policy"])["statement"]
        rules = stack.resources("aws_cloudwatch_event_rule")
        (condition,) = send["condition"]
        assert (condition["test"], condition["variable"]) == ("ArnEquals", "aws:SourceArn")
        assert set(condition["values"]) == {f"${{aws_cloudwatch_event_rule.{id_}.arn}}" for id_ in rules}
        assert (deny["effect"], deny["condition"][0]["variable"]) == ("Deny", "aws:SecureTransport")

    def test_every_rule_has_the_queue_for_its_target(self, stack: Stack) -> None:
        rules = stack.resources("aws_cloudwatch_event_rule")
        types = {json.loads(rule["event_pattern"])["detail-type"][0] for rule in rules.values()}
        assert types == {
            "AWS Health Event",
            "EC2 Capacity Reservation Instance Interruption Warning",
            "EC2 Instance Rebalance Recommendation",
            "EC2 Instance State-change Notification",
            "EC2 Spot Instance Interruption Warning",
        }
        targets = stack.resources("aws_cloudwatch_event_target").values()
        assert {target["rule"] for target in targets} == {f"${{aws_cloudwatch_event_rule.{id_}.name}}" for id_ in rules}


class TestNodes:
    def test_join_by_a_role_with_an_access_entry(self, stack: Stack) -> None:
        id_, body = role(stack, "-karpenter-nodes")
        assert body["name"] == f"{CLUSTER}-karpenter-nodes"
        entry = stack.resource("aws_eks_access_entry")
        assert (entry["type"], entry["principal_arn"]) == ("EC2_LINUX", f"${{aws_iam_role.{id_}.arn}}")
        assert stack.resource("aws_iam_instance_profile")["role"] == f"${{aws_iam_role.{id_}.name}}"

    def test_subnets_and_security_group_have_the_discovery_tag(self, defaults: Synthesized) -> None:
        subnets = defaults["scaled-network"].resources("aws_subnet")
        tagged = {id_ for id_, body in subnets.items() if body["tags"].get("karpenter.sh/discovery") == CLUSTER}
        assert tagged == {id_ for id_ in subnets if "private" in id_}
        tag = defaults["scaled-cluster-addons"].resource("aws_ec2_tag")
        assert (tag["key"], tag["value"]) == ("karpenter.sh/discovery", CLUSTER)
        others = defaults["dev-network"].resources("aws_subnet").values()
        assert not any("karpenter.sh/discovery" in body["tags"] for body in others)

    def test_defaults(self, stack: Stack) -> None:
        found = objects(stack)
        assert set(found) == {("EC2NodeClass", "default"), ("NodePool", "default")}
        one = found["EC2NodeClass", "default"]
        discovery = [{"tags": {"karpenter.sh/discovery": CLUSTER}}]
        assert (one["subnetSelectorTerms"], one["securityGroupSelectorTerms"]) == (discovery, discovery)
        assert one["metadataOptions"]["httpTokens"] == "required"
        (volume,) = one["blockDeviceMappings"]
        assert (volume["ebs"]["encrypted"], volume["ebs"]["volumeSize"]) == (True, "50Gi")
        assert one["tags"] == {"project": "gd9", "environment": "scaled", "managed-by": "cdktf"}
        pool = found["NodePool", "default"]
        requirements = {one["key"]: one["values"] for one in pool["template"]["spec"]["requirements"]}
        assert requirements == {
            "kubernetes.io/arch": ["amd64"],
            "kubernetes.io/os": ["linux"],
            "karpenter.sh/capacity-type": ["on-demand"],
            "karpenter.k8s.aws/instance-category": ["c", "m", "r"],
            "karpenter.k8s.aws/instance-generation": ["2"],
        }
        assert pool["limits"] == {"cpu": "100"}
        assert pool["disruption"]["budgets"] == [{"nodes": "10%"}]

    def test_settings_of_a_pool(self, varied: Stack) -> None:
        pool = objects(varied)["NodePool", "default"]
        template = pool["template"]["spec"]
        assert template["taints"] == [{"key": "team", "value": "sre", "effect": "NoSchedule"}]
        assert template["startupTaints"] == [{"key": "node.cilium.io/agent-not-ready", "effect": "NoExecute"}]
        assert template["requirements"][-1] == {
            "key": "karpenter.k8s.aws/instance-family",
            "operator": "Exists",
            "minValues": 3,
        }
        assert pool["template"]["metadata"] == {"labels": {"team": "sre"}, "annotations": {"owner": "sre"}}
        assert pool["disruption"]["budgets"][1] == {
            "nodes": "0",
            "schedule": "0 9 * * mon-fri",
            "duration": "8h",
            "reasons": ["Underutilized"],
        }
        assert pool["limits"] == {"cpu": "200", "memory": "400Gi", "nodes": 20}

    def test_types_stand_in_place_of_categories(self, varied: Stack) -> None:
        keys = [one["key"] for one in objects(varied)["NodePool", "gpu"]["template"]["spec"]["requirements"]]
        assert "node.kubernetes.io/instance-type" in keys
        assert not any(key.startswith("karpenter.k8s.aws/instance-") for key in keys)

    def test_both_volumes_of_bottlerocket_are_encrypted(self, varied: Stack) -> None:
        volumes = objects(varied)["EC2NodeClass", "bottlerocket"]["blockDeviceMappings"]
        assert [volume["deviceName"] for volume in volumes] == ["/dev/xvda", "/dev/xvdb"]
        assert all(volume["ebs"]["encrypted"] for volume in volumes)

    def test_subnets_of_a_network_that_exists_are_known_by_their_ids(self, everything: Synthesized) -> None:
        terms = objects(everything["inside-cluster-addons"])["EC2NodeClass", "default"]["subnetSelectorTerms"]
        assert terms == [{"id": "subnet-0a1b2c3d4e5f60718"}, {"id": "subnet-1a1b2c3d4e5f60718"}]


class TestChoice:
    def test_the_choice_switches_the_add_on_on(self, project: Project) -> None:
        addons = project.environment(cluster="name: gd9\nnode_scaling: karpenter").cluster_addons
        assert addons.enabled == ("karpenter",)

    def test_without_a_choice_what_is_enabled_counts(self, project: Project) -> None:
        addons = project.environment(cluster_addons="cluster_autoscaler: {enabled: true}").cluster_addons
        assert addons.enabled == ("cluster_autoscaler",)

    @pytest.mark.parametrize(
        ("scaling", "lines", "message"),
        [
            ("", "cluster_autoscaler: {enabled: true}\nkarpenter:\n  enabled: true # <-", "karpenter.enabled: is true, and so is that of cluster_autoscaler: both would make nodes for the same pods; choose one in cluster.node_scaling"),
            ("karpenter", "cluster_autoscaler:\n  enabled: true # <-", "cluster_autoscaler.enabled: is true, and cluster.node_scaling is karpenter; remove it"),
            ("karpenter", "karpenter:\n  enabled: false # <-", "karpenter.enabled: is false, and cluster.node_scaling is karpenter; remove it"),
            ("none", "karpenter:\n  enabled: true # <-", "karpenter.enabled: is true, and cluster.node_scaling is none; remove it"),
        ],
    )  # fmt: skip
    def test_two_choices_are_refused(self, scaling: str, lines: str, message: str, project: Project) -> None:
        cluster = f"name: gd9\nnode_scaling: {scaling}" if scaling else "name: gd9"
        project.refuses(f"cluster_addons.{message}", cluster=cluster, cluster_addons=lines)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("node_pools: {} # <-", "node_pools: is empty; Karpenter would make no node"),
        ("node_pools:\n  a: {node_class: b} # <-", "node_pools.a.node_class: b is not one of node_classes; there are: default"),
        ("node_pools:\n  a: {instance_types: [m6g.large]} # <-", "node_pools.a.instance_types[0]: m6g.large is arm64, architectures lacks it"),
        ("node_pools:\n  a: {instance_types: [m6i.large], instance_categories: [m]} # <-", "node_pools.a.instance_categories: has no effect together with instance_types"),
        ("node_pools:\n  a: {instance_categories: []} # <-", "node_pools.a.instance_categories: is empty, and so is instance_types; no node could be made"),
        ("node_pools:\n  a: {zones: [us-east-2f]} # <-", "node_pools.a.zones[0]: us-east-2f is not one of network.zones"),
        ("node_pools:\n  a: {labels: {karpenter.sh/nodepool: x}} # <-", "node_pools.a.labels.\"karpenter.sh/nodepool\": is set by Karpenter itself"),
        ("node_pools:\n  a: {requirements: [{key: kubernetes.io/arch, values: [arm64]}]} # <-", "node_pools.a.requirements[0].key: has a setting of its own: architectures"),
        ("node_pools:\n  a: {requirements: [{key: x}]} # <-", "node_pools.a.requirements[0].values: is empty; operator In needs some"),
        ("node_pools:\n  a: {requirements: [{key: x, operator: Gt, values: [m]}]} # <-", "node_pools.a.requirements[0].values: operator Gt takes one whole number, in quotes"),
        ("node_pools:\n  a: {disruption_budgets: [{duration: 1h}]} # <-", "node_pools.a.disruption_budgets[0]: give both schedule and duration, or neither"),
        ("node_classes:\n  default: {spec: {role: x}} # <-", "node_classes.default.spec.role: is the one that cluster_addons.karpenter.node_role_name names"),
        ("node_classes:\n  default: {image: windows2022@latest} # <-", "node_classes.default.image: 'windows2022@latest' is not an image of Linux like al2023@latest, al2023@v20260818 or bottlerocket@v1.44.0; Windows is not supported, as the DaemonSets of this project run on Linux only"),
        ("node_classes:\n  default: {volume_kms_key_arn: \"arn:aws:kms:eu-west-1:123456789012:key/0a\"} # <-", "node_classes.default.volume_kms_key_arn: arn:aws:kms:eu-west-1:123456789012:key/0a is not a key of region us-east-2"),
    ],
)  # fmt: skip
def test_what_could_not_work_is_refused(lines: str, message: str, project: Project) -> None:
    indented = lines.replace("\n", "\n  ")
    project.refuses(f"cluster_addons.karpenter.{message}", cluster_addons=f"karpenter:\n  enabled: true\n  {indented}")


def test_nodes_need_access_entries(project: Project) -> None:
    project.refuses(
        "cluster_addons.karpenter: needs cluster.authentication_mode API_AND_CONFIG_MAP or API: its nodes join by an "
        "access entry",
        cluster="enable_cluster_creator_admin_permissions: false\nauthentication_mode: CONFIG_MAP",
        cluster_addons="karpenter: {enabled: true} # <-",
    )


def test_it_works_on_eks_only(vary: Vary) -> None:
    settings = {"region": None, "network": None, "cluster": {"existing": {"kubeconfig_context": "kind"}}}
    with pytest.raises(
        ValidationError, match=r"karpenter\.enabled: works on EKS only, not in a cluster of a kubeconfig"
    ):
        vary({**settings, "kube_prom_stack": {}, "cluster_addons": {"karpenter": {"enabled": True}}})


def test_an_existing_cluster_takes_the_choice(vary: Vary) -> None:
    cluster = {"existing": {"eks": "theirs"}, "node_scaling": "karpenter"}
    assert vary({"network": None, "cluster": cluster, "cluster_addons": {}}).cluster_addons.enabled == ("karpenter",)
