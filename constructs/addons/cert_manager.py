"""cert-manager with its CRDs, which gets certificates for what runs in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
)

from constructs.addons.addon_identity import AddonIdentityOutputs
from constructs.addons.addon_release import AddonConstruct, AddonProps
from constructs.aws.zone_ids import find_zone_ids, zone_arns

if TYPE_CHECKING:
    from config.addons.cert_manager import CertManagerSettings
    from constructs import Construct
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values


class CertManager(AddonConstruct):
    """The namespace and the release, with a role where DNS01 challenges are answered in Route 53."""

    def __init__(self, scope: Construct, id_: str, props: AddonProps[CertManagerSettings]) -> None:
        super().__init__(scope, id_)
        namespace = props.create_namespace(self)
        identity = self._create_identity(props)
        self.release = props.create_release(
            self, _values(props, identity.service_account), depends_on=[namespace, *identity.depends_on]
        )

    def _create_identity(self, props: AddonProps[CertManagerSettings]) -> AddonIdentityOutputs:
        aws = props.context.aws
        if not props.settings.dns01_zones or aws is None:
            return AddonIdentityOutputs(service_account=props.service_account_values(), depends_on=[])
        partition = aws.find_account().partition
        arns = zone_arns(partition, find_zone_ids(self, props.settings.dns01_zones))
        return props.create_identity(self, aws, {"answer-challenges": grant_dns01_challenges(arns, partition)})


def grant_dns01_challenges(arns: list[str], partition: str) -> Statements:
    """Permit TXT records in these zones; an issuer names its zone by `hostedZoneID`, for it may not list them.

    https://cert-manager.io/docs/configuration/acme/dns01/route53/
    """
    only_txt = DataAwsIamPolicyDocumentStatementCondition(
        test="ForAllValues:StringEquals", variable="route53:ChangeResourceRecordSetsRecordTypes", values=["TXT"]
    )
    return [
        DataAwsIamPolicyDocumentStatement(
            actions=["route53:GetChange"], resources=[f"arn:{partition}:route53:::change/*"]
        ),
        DataAwsIamPolicyDocumentStatement(actions=["route53:ListResourceRecordSets"], resources=arns),
        DataAwsIamPolicyDocumentStatement(
            actions=["route53:ChangeResourceRecordSets"], resources=arns, condition=[only_txt]
        ),
    ]


def _values(props: AddonProps[CertManagerSettings], service_account: Values) -> Values:
    """Return the values of the pinned chart, whose security contexts are restricted already."""
    settings, context = props.settings, props.context
    part: Values = {**context.placement.values(), "resources": settings.resources.values()}
    values: Values = {
        **part,
        "fullnameOverride": props.service_account.name,
        "cainjector": part,
        "webhook": part,
        "startupapicheck": context.placement.values(),
        # They stay after a destroy, and every certificate with them: deleting a CRD deletes its objects.
        "crds": {"enabled": True, "keep": True},
        "global": {
            "commonLabels": dict(context.labels),
            "imagePullSecrets": context.pull_secrets(),
            # Not kube-system: the chart's other objects are in its own namespace too.
            "leaderElection": {"namespace": props.service_account.namespace},
        },
        "prometheus": {"enabled": True},
        "serviceAccount": service_account,
    }
    return values if context.image_registry is None else {**values, "imageRegistry": context.image_registry}
