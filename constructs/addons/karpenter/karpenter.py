"""Karpenter: CRDs, controller and node pools, and in AWS what its nodes and the controller need.

Three releases, in an order that counts at a destroy: an EC2NodeClass is gone once its nodes are, which takes the
controller, and the CRDs go last. https://karpenter.sh/docs/concepts/nodeclasses/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.ec2_tag import Ec2Tag
from cdktf_cdktf_provider_aws.eks_access_entry import EksAccessEntry
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile

from config import versions
from config.core.naming import DISCOVERY_TAG, IAM_ROLE
from constructs import Construct
from constructs.addons.addon_release import AddonConstruct, AddonProps
from constructs.addons.karpenter.controller_policy import ControllerPolicy
from constructs.addons.karpenter.interruption_queue import InterruptionQueue
from constructs.addons.karpenter.node_objects import NodeObjects
from constructs.aws.kms_key import grant_volume_encryption
from constructs.cluster.node_role import NodeRole
from constructs.helm.helm_release import create_release
from constructs.helm.objects_chart import ObjectsChart

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.addons.karpenter.karpenter import KarpenterSettings
    from constructs.addons.addon_release import AddonAws, AddonEks
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values


class Karpenter(AddonConstruct):
    """The controller with its queue and role, the role of its nodes, and the objects that say which nodes it makes."""

    def __init__(
        self, scope: Construct, id_: str, props: AddonProps[KarpenterSettings], aws: AddonAws, eks: AddonEks
    ) -> None:
        super().__init__(scope, id_)
        self.props = props
        nodes = KarpenterNodes(self, "nodes", props, aws.find_account(), eks)
        queue = InterruptionQueue(self, "queue", cluster_name=props.context.cluster_name).outputs
        policy = ControllerPolicy(
            cluster_name=props.context.cluster_name,
            account=aws.find_account(),
            node_role_arn=nodes.role_arn,
            queue_arn=queue.queue_arn,
        )
        identity = props.create_identity(self, aws, {**policy.statements(), **_grant_keys(props.settings)})
        values = _values(props, queue.queue_name, identity.service_account)
        depends_on = [self._create_crds(), *identity.depends_on, *queue.depends_on]
        self.release = props.create_release(self, values, depends_on=depends_on)
        self._create_node_objects(nodes)

    def _create_crds(self) -> ITerraformDependable:
        settings, context = self.props.settings, self.props.context
        chart = versions.KARPENTER_CRD.at(settings.chart_repository, settings.chart_version)
        return create_release(
            Construct(self, "crds"),
            name=chart.name,
            namespace=settings.NAMESPACE,
            chart=chart,
            values={},
            timeout_seconds=context.timeout_seconds,
            depends_on=self.props.depends_on,
        )

    def _create_node_objects(self, nodes: KarpenterNodes) -> None:
        context = self.props.context
        objects = NodeObjects(
            cluster_name=context.cluster_name,
            labels=context.labels,
            tags=context.tags,
            instance_profile=nodes.instance_profile,
            subnet_ids=context.subnet_ids,
        )
        create_release(
            Construct(self, "node-objects"),
            name="karpenter-nodes",
            namespace=self.props.settings.NAMESPACE,
            chart=ObjectsChart(self, "objects-chart").chart,
            values={"objects": objects.of(self.props.settings)},
            timeout_seconds=context.timeout_seconds,
            depends_on=[self.release, *nodes.depends_on],
        )


class KarpenterNodes(Construct):
    """What nodes need in AWS: a role that may join the cluster, and a security group that Karpenter finds."""

    def __init__(
        self, scope: Construct, id_: str, props: AddonProps[KarpenterSettings], account: Account, eks: AddonEks
    ) -> None:
        super().__init__(scope, id_)
        cluster_name = props.context.cluster_name
        role_name = props.settings.node_role_name or f"{cluster_name}-karpenter-nodes"
        role = NodeRole(
            self,
            "role",
            cluster_name=cluster_name,
            role_name=role_name,
            account=account,
            further_policy_arns=props.settings.node_policy_arns,
            has_ipv6=eks.has_ipv6,
        ).outputs
        profile = IamInstanceProfile(self, "instance-profile", name=IAM_ROLE.of(role_name), role=role.role_name)
        # EKS creates such an entry for node groups. https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
        entry = EksAccessEntry(
            self, "access-entry", cluster_name=cluster_name, principal_arn=role.role_arn, type="EC2_LINUX"
        )
        tag = Ec2Tag(self, "discovery-tag", resource_id=eks.security_group_id, key=DISCOVERY_TAG, value=cluster_name)
        self.role_arn = role.role_arn
        self.instance_profile = profile.name
        self.depends_on: list[ITerraformDependable] = [*role.policies, entry, tag]


def _grant_keys(settings: KarpenterSettings) -> dict[str, Statements]:
    """Permit the keys of volumes: EC2 uses them with the identity that launches an instance."""
    keys = {one.volume_kms_key_arn for one in settings.node_classes.values() if one.volume_kms_key_arn is not None}
    return {"encrypt-volumes": grant_volume_encryption(sorted(keys))} if keys else {}


def _values(props: AddonProps[KarpenterSettings], queue_name: str, service_account: Values) -> Values:
    """Return the values of the pinned chart, whose security contexts are restricted already."""
    settings, context = props.settings, props.context
    return {
        **context.placement.values(),
        "fullnameOverride": props.service_account.name,
        "additionalLabels": dict(context.labels),
        "podLabels": dict(context.labels),
        "controller": {
            "image": context.repository("karpenter/controller"),
            "resources": settings.resources.values(),
        },
        "imagePullSecrets": context.pull_secrets(),
        "podDisruptionBudget": {"name": props.service_account.name, "maxUnavailable": 1},
        "replicas": settings.replicas,
        "serviceAccount": service_account,
        "settings": {
            "clusterName": context.cluster_name,
            "eksControlPlane": True,
            "interruptionQueue": queue_name,
            # Prices and IAM have no endpoint in a VPC.
            "isolatedVPC": context.is_isolated,
        },
    }
