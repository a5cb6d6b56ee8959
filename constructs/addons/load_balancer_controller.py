"""The AWS load balancer controller, with the IngressClass of its application load balancers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import versions
from constructs import Construct
from constructs.addons.addon_accounts import LOAD_BALANCER_CONTROLLER
from constructs.addons.addon_release import (
    AddonRelease,
    AddonReleaseProps,
    restricted_container,
    spread_values,
)
from constructs.addons.load_balancer_policy import let_balance_loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import ITerraformDependable

    from config.addons.cluster_addons import LoadBalancerControllerSettings
    from constructs.addons.addon_release import AddonContext
    from constructs.aws.account import Account
    from constructs.helm.helm_values import Values

NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class LoadBalancerControllerProps:
    """The VPC of the nodes, and `tags` for every load balancer, which the provider's default tags do not reach."""

    vpc_id: str
    tags: Mapping[str, str]
    account: Account
    settings: LoadBalancerControllerSettings
    context: AddonContext


@dataclass(frozen=True, kw_only=True)
class LoadBalancerControllerOutputs:
    """The release: while its webhook has no pod to answer, the API takes no ingress, and maybe no service."""

    release: ITerraformDependable


class LoadBalancerController(Construct):
    """The release, and the role that it works by."""

    def __init__(self, scope: Construct, id_: str, props: LoadBalancerControllerProps) -> None:
        super().__init__(scope, id_)
        settings, context = props.settings, props.context
        identity = context.identity(
            self,
            role="load-balancers",
            title="AWS load balancer controller",
            account=LOAD_BALANCER_CONTROLLER,
            policies={"balance-loads": let_balance_loads(context.cluster_name, props.vpc_id, props.account, settings)},
        )
        release = AddonRelease(
            self,
            "release",
            AddonReleaseProps(
                account=LOAD_BALANCER_CONTROLLER,
                chart=versions.AWS_LOAD_BALANCER_CONTROLLER.at(settings.chart_repository, settings.chart_version),
                values=_values(props, identity.service_account),
                context=context,
                depends_on=identity.depends_on,
            ),
        )
        self.outputs = LoadBalancerControllerOutputs(release=release.release)


def _values(props: LoadBalancerControllerProps, service_account: Values) -> Values:
    """Return the values of chart 3.5.0."""
    settings, context = props.settings, props.context
    return {
        **context.placement.values(),
        **spread_values(LOAD_BALANCER_CONTROLLER.name, settings.replicas),
        "fullnameOverride": LOAD_BALANCER_CONTROLLER.name,
        "additionalLabels": dict(context.labels),
        "clusterName": context.cluster_name,
        "createIngressClassResource": True,
        "defaultTags": dict(props.tags),
        # Pods have addresses of the VPC (vpc-cni), so that nothing need go through a port of a node.
        "defaultTargetType": "ip",
        "enableServiceMutatorWebhook": settings.serves_all_services,
        "enableShield": settings.shield,
        "enableWaf": False,
        "enableWafv2": settings.waf,
        "image": context.repository("eks/aws-load-balancer-controller"),
        "imagePullSecrets": context.pull_secrets(),
        "ingressClass": settings.ingress_class,
        "ingressClassConfig": {"default": settings.is_default_ingress_class},
        # Else every change of the release has new certificates, which running pods do not know.
        "keepTLSSecret": True,
        # The chart takes it only with more than one replica.
        "podDisruptionBudget": {"maxUnavailable": 1},
        "podSecurityContext": {"fsGroup": NOBODY, "seccompProfile": {"type": "RuntimeDefault"}},
        # Pods do not reach the instance metadata (hop limit 1), where the controller would look for both.
        "region": props.account.region,
        "vpcId": props.vpc_id,
        "replicaCount": settings.replicas,
        "resources": settings.resources.values(),
        "securityContext": restricted_container(),
        "serviceAccount": service_account,
    }
