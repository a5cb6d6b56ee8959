"""cert-manager with its CRDs, which gets certificates for what runs in the cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
)
from cdktf_cdktf_provider_kubernetes.namespace_v1 import NamespaceV1, NamespaceV1Metadata

from config import versions
from constructs import Construct
from constructs.addons.addon_accounts import CERT_MANAGER
from constructs.addons.addon_identity import AddonIdentityOutputs, account_values
from constructs.addons.addon_release import AddonRelease, AddonReleaseProps
from constructs.aws.zone_ids import find_zone_ids, zone_arns

if TYPE_CHECKING:
    from cdktf import ITerraformDependable

    from config.addons.cluster_addons import CertManagerSettings
    from constructs.addons.addon_release import AddonContext
    from constructs.aws.account import Account
    from constructs.aws.iam_role import Statements
    from constructs.helm.helm_values import Values


@dataclass(frozen=True, kw_only=True)
class CertManagerProps:
    """The account of the zones, None where there are none, and what has to be ready first."""

    account: Account | None
    settings: CertManagerSettings
    context: AddonContext
    depends_on: tuple[ITerraformDependable, ...] = ()


class CertManager(Construct):
    """The namespace and the release, with a role where DNS01 challenges are answered in Route 53."""

    def __init__(self, scope: Construct, id_: str, props: CertManagerProps) -> None:
        super().__init__(scope, id_)
        settings = props.settings
        namespace = NamespaceV1(
            self,
            "namespace",
            metadata=NamespaceV1Metadata(
                name=CERT_MANAGER.namespace,
                labels={**props.context.labels, "pod-security.kubernetes.io/enforce": "restricted"},
            ),
        )
        identity = self._create_identity(props)
        AddonRelease(
            self,
            "release",
            AddonReleaseProps(
                account=CERT_MANAGER,
                chart=versions.CERT_MANAGER.at(settings.chart_repository, settings.chart_version),
                values=_values(props, identity.service_account),
                context=props.context,
                depends_on=[namespace, *identity.depends_on, *props.depends_on],
            ),
        )

    def _create_identity(self, props: CertManagerProps) -> AddonIdentityOutputs:
        if props.account is None:
            return AddonIdentityOutputs(service_account=account_values(CERT_MANAGER), depends_on=[])
        arns = zone_arns(props.account.partition, find_zone_ids(self, props.settings.dns01_zones))
        return props.context.identity(
            self,
            role="cert-manager",
            title="cert-manager",
            account=CERT_MANAGER,
            policies={"answer-challenges": let_answer_challenges(arns, props.account.partition)},
        )


def let_answer_challenges(arns: list[str], partition: str) -> Statements:
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


def _values(props: CertManagerProps, service_account: Values) -> Values:
    """Return the values of chart v1.21.1, whose security contexts are restricted already."""
    settings, context = props.settings, props.context
    part: Values = {**context.placement.values(), "resources": settings.resources.values()}
    values: Values = {
        **part,
        "fullnameOverride": CERT_MANAGER.name,
        "cainjector": part,
        "webhook": part,
        "startupapicheck": context.placement.values(),
        # They stay after a destroy, and every certificate with them: deleting a CRD deletes its objects.
        "crds": {"enabled": True, "keep": True},
        "global": {
            "commonLabels": dict(context.labels),
            "imagePullSecrets": context.pull_secrets(),
            # Not kube-system: the chart's other objects are in its own namespace too.
            "leaderElection": {"namespace": CERT_MANAGER.namespace},
        },
        "prometheus": {"enabled": True},
        "serviceAccount": service_account,
    }
    return values if context.image_registry is None else {**values, "imageRegistry": context.image_registry}
