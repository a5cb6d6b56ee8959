"""The AWS load balancer controller, with the IngressClass of its application load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons.addon_release import NOBODY, AddonConstruct, AddonProps, spread_values
from constructs.addons.load_balancer_policy import grant_load_balancing
from constructs.kubernetes.shapes import restricted_container

if TYPE_CHECKING:
    from config.addons.load_balancer_controller import LoadBalancerControllerSettings
    from constructs import Construct
    from constructs.addons.addon_release import AddonAws, AddonEks
    from constructs.aws.account import Account
    from constructs.helm.helm_values import Values


class LoadBalancerController(AddonConstruct):
    """The release, and the role that it works by.

    While its webhook has no pod to answer, the API takes no ingress, and maybe no service.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        props: AddonProps[LoadBalancerControllerSettings],
        aws: AddonAws,
        eks: AddonEks,
    ) -> None:
        super().__init__(scope, id_)
        settings, context, account = props.settings, props.context, aws.find_account()
        vpc_id = eks.vpc_id
        identity = props.create_identity(
            self, aws, {"balance-loads": grant_load_balancing(context.cluster_name, vpc_id, account, settings)}
        )
        values = _values(props, account, vpc_id, identity.service_account)
        if eks.has_ipv6:
            # A load balancer with IPv4 alone has no way to pods with IPv6 alone.
            # https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/
            values["ingressClassParams"] = {"spec": {"ipAddressType": "dualstack"}}
        self.release = props.create_release(self, values, depends_on=identity.depends_on)


def _values(
    props: AddonProps[LoadBalancerControllerSettings], account: Account, vpc_id: str, service_account: Values
) -> Values:
    """Return the values of the pinned chart."""
    settings, context, name = props.settings, props.context, props.service_account.name
    return {
        **context.placement.values(),
        **spread_values(name, settings.replicas),
        "fullnameOverride": name,
        "additionalLabels": dict(context.labels),
        "clusterName": context.cluster_name,
        "createIngressClassResource": True,
        "defaultTags": dict(context.tags),
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
        "region": account.region,
        "vpcId": vpc_id,
        "replicaCount": settings.replicas,
        "resources": settings.resources.values(),
        "securityContext": restricted_container(),
        "serviceAccount": service_account,
    }
